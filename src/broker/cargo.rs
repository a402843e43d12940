//! What a flight brings to those who asked for parts of it.

use crate::fingerprint::{ContentDigest, Fingerprint, Partition, write_json_string};
use crate::graphql::Operation;
use std::rc::Rc;

/// The operation that a flight carries.
#[derive(Debug)]
pub(super) struct Cargo {
    pub(super) pool: ContentDigest,
    pub(super) operation: Rc<Operation>,
    /// Which documents it was put together for, each as often as it was; in order.
    pub(super) members: Vec<u64>,
    /// It is sent as its request is written; else the operation is printed.
    pub(super) is_own: bool,
    /// Who asks for a part may still join.
    pub(super) is_open: bool,
    /// The answer has errors, or no data: it is nobody's but those who wait for it now.
    pub(super) is_flawed: bool,
}

impl Cargo {
    /// The same, to be sent again.
    pub(super) fn again(&self) -> Cargo {
        Cargo {
            operation: self.operation.clone(),
            members: self.members.clone(),
            ..*self
        }
    }

    /// Under which another page finds the answer, on disk or in the air: what is sent, to the letter, since the answer has
    /// the names that are written there. (What is sent as its request is written has the same names, in the same order.)
    pub(super) fn key(&self, partition: &Partition) -> Fingerprint {
        Fingerprint::new(partition, &self.pool.of_operation(&self.text()))
    }

    /// The body to send (GraphQL over HTTP, §5.4).
    pub(super) fn text(&self) -> String {
        let (document, variables) = self.operation.print();
        let mut text = String::from("{\"query\":");
        write_json_string(&document, &mut text);
        text.push_str(",\"variables\":");
        text.push_str(&variables);
        text.push('}');
        text
    }
}
