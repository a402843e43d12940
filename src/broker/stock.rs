//! Queries whose answers lie on disk: whoever asks for less is given it from there.
//!
//! To the broker each is a query that it can order as it is written there: the depot finds the answer under the very
//! fingerprint. Where it does not any more, the server is asked for it.

use super::requests::Asked;
use super::{Broker, Inquiry, Time};
use crate::cache::{Generation, Subject};
use crate::fingerprint::{ContentDigest, Fingerprint};
use crate::graphql::Operation;
use std::rc::Rc;

/// So many are known at most: reading them, and comparing them with what is asked for, must not hold the page.
const MOST: usize = 64;

/// A query as another page can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Where it goes and as whom.
    pub pool: ContentDigest,
    /// What is sent.
    pub document: String,
    /// The text of a JSON object.
    pub variables: String,
}

/// A query, and for how long its answer will do.
#[derive(Debug)]
pub(super) struct Item {
    key: Fingerprint,
    question: Question,
    /// What it asks for. Pages without queries need never know.
    operation: Option<Rc<Operation>>,
    subject: Subject,
    since: Generation,
    until: Time,
}

impl Broker {
    /// The answer to this query lies on disk. It is about `subject`, but for the URL, and fresh until that moment.
    pub fn put_in_stock(
        &mut self,
        key: Fingerprint,
        question: Question,
        subject: Subject,
        until: Time,
    ) {
        // The index may be read again.
        self.take_from_stock(&key);
        if self.stock.len() < MOST {
            self.stock.push(Item {
                key,
                question,
                operation: None,
                subject,
                since: self.generations.now(),
                until,
            });
        }
    }

    /// It does not any more.
    pub fn take_from_stock(&mut self, key: &Fingerprint) {
        self.stock.retain(|item| item.key != *key);
    }

    /// Takes what lies on disk into account from now on, with what reads a query. What cannot be read is asked for anew.
    #[inline(never)] // a seam: see `graphql`
    pub fn read_stock(&mut self, read: &dyn Fn(&Question) -> Option<Operation>) {
        self.stock.retain_mut(|item| {
            if item.operation.is_none() {
                item.operation = read(&item.question).map(Rc::new);
            }
            item.operation.is_some()
        });
    }

    /// What on disk holds some of a query, what that is about, and what is left then.
    pub(super) fn find_in_stock(
        &self,
        now: Time,
        asked: &Asked,
        inquiry: &Inquiry,
        mut rest: Option<Operation>,
    ) -> (Vec<(Rc<Operation>, Subject)>, Option<Operation>) {
        let mut found = Vec::new();
        for item in &self.stock {
            let (Some(wanted), Some(operation)) = (&rest, &item.operation) else {
                continue;
            };
            if item.question.pool != inquiry.pool || item.until <= now || !operation.touches(wanted)
            {
                continue;
            }
            let subject = asked.subject.and(&item.subject);
            if !self.generations.covers_entry(item.since, &subject) {
                rest = wanted.without(&[operation]);
                found.push((operation.clone(), subject));
            }
        }
        (found, rest)
    }
}
