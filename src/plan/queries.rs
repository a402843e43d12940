//! GraphQL operations: where they go, what they ask for, and what the manifest knows of them.

use super::Host;
use crate::broker::{Asked, Inquiry, Sharing};
use crate::cache::Subject;
use crate::fingerprint::{ContentDigest, Request, canonical_json};
use crate::graphql::{
    Document, Foreseen, Kind, Operation, Reading, Types, Wrong, read, written_types,
};
use std::rc::Rc;

/// How many documents are kept as read: those of the components of a page, which ask with one value after the other.
const DOCUMENTS: usize = 32;

/// What was read last and may come again.
#[derive(Clone, Default)]
pub(super) struct Recent {
    documents: Vec<Rc<Document>>,
    /// Which of them makes room for the next.
    oldest: usize,
    post: Option<Rc<Post>>,
}

/// What all operations have in common that go to one place, as one person, in one form.
struct Post {
    /// URL, credentials mode and headers as they were written.
    written: String,
    pool: ContentDigest,
    asked: Asked,
}

/// A document's short name, which says nothing of variables (FNV-1a); never 0. Where two share one, what is known of the
/// one is taken for known of the other, which may cost a request.
fn name_of(document: &str, operation: Option<&str>) -> u64 {
    let mut name: u64 = 0xCBF2_9CE4_8422_2325;
    for byte in document.bytes().chain(operation.unwrap_or("").bytes()) {
        name = (name ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    name.max(1)
}

impl Host {
    /// Reads what has been declared of GraphQL since the last time. If a document cannot be read: its place among them,
    /// and why; those that were known before stay.
    pub fn prepare(&mut self) -> Result<(), (usize, Wrong)> {
        if let Some(types) = self.declared.types.take() {
            self.types = Types::default();
            for type_ in &types {
                if !type_.values.is_empty() {
                    self.types.declare_enum(&type_.name, &type_.values);
                    continue;
                }
                let fields: Vec<_> = type_
                    .fields
                    .iter()
                    .map(|(name, of)| (&**name, &**of))
                    .collect();
                let possible: Vec<_> = type_.possible.iter().map(|name| &**name).collect();
                self.types.declare(&type_.name, &fields, &possible);
            }
        }
        if let Some(documents) = self.declared.documents.take() {
            let mut foreseen = Vec::new();
            for (place, document) in documents.iter().enumerate() {
                foreseen.extend(Foreseen::of_document(document).map_err(|wrong| (place, wrong))?);
            }
            self.foreseen = foreseen;
        }
        Ok(())
    }

    /// All that the broker needs to know of an operation. `request` is the POST that carries it, without its body.
    /// What cannot be read is for the server to judge.
    pub fn read_operation(
        &mut self,
        request: &Request,
        document: &str,
        operation_name: Option<&str>,
        variables: &str,
    ) -> Result<Asked, Wrong> {
        let reading = self
            .document(document)?
            .read(operation_name, variables, &self.types)?;
        let Some(post) = self.post(request) else {
            return Ok(self.asked_by_nobody(request));
        };
        let mut asked = post.asked.clone();
        let subject = Rc::make_mut(&mut asked.subject);
        match reading {
            Reading::Query(operation) => {
                (subject.types, subject.is_untyped) = self.about(&operation);
                asked.content = post.pool.of_operation(&operation.normal_form());
                let wide = operation.widened(&self.foreseen, &self.types);
                asked.inquiry = Some(Rc::new(Inquiry {
                    pool: post.pool,
                    operation: Rc::new(operation),
                    document: name_of(document, operation_name),
                    wide: wide.map(|wide| {
                        let (types, is_untyped) = self.about(&wide);
                        let about = Subject {
                            types,
                            is_untyped,
                            ..Subject::default()
                        };
                        (wide, about)
                    }),
                }));
            }
            Reading::Opaque(kind) => {
                subject.is_untyped = true;
                if kind != Kind::Query {
                    asked.sharing = Sharing::Alone;
                }
                let canonical = canonical_json(variables);
                let variables = canonical.as_deref().unwrap_or(variables);
                let name = operation_name.unwrap_or("");
                let mut text = String::from("as it is written ");
                // Lengths tell where one part ends, whatever stands in it.
                for part in [document, name, variables] {
                    text.push_str(&crate::ascii::digits(part.len() as u64));
                    text.push(' ');
                    text.push_str(part);
                }
                asked.content = post.pool.of_operation(&text);
            }
        }
        Ok(asked)
    }

    /// What a query asks for, if that is known.
    pub fn what_is_asked(&self, document: &str, variables: &str) -> Option<Operation> {
        match read(document, None, variables, &self.types) {
            Ok(Reading::Query(operation)) => Some(operation),
            _ => None,
        }
    }

    /// Which types of object a mutation's answer holds, as far as that is known.
    pub fn written_types(
        &self,
        document: &str,
        operation_name: Option<&str>,
        variables: &str,
    ) -> Vec<Box<str>> {
        written_types(document, operation_name, variables, &self.types)
    }

    /// The types in an answer, and whether there may be others.
    fn about(&self, operation: &Operation) -> (Vec<Box<str>>, bool) {
        let (types, complete) = self.types.of_answer("Query", operation);
        (types, !complete)
    }

    fn document(&mut self, text: &str) -> Result<Rc<Document>, Wrong> {
        let Recent {
            documents, oldest, ..
        } = &mut self.recent;
        for document in &*documents {
            if document.is_of(text) {
                return Ok(document.clone());
            }
        }
        let document = Rc::new(Document::parse(text)?);
        if documents.len() < DOCUMENTS {
            documents.push(document.clone());
        } else {
            documents[*oldest % DOCUMENTS] = document.clone();
            *oldest += 1;
        }
        Ok(document)
    }

    /// `None`: the request has no normal form.
    fn post(&mut self, request: &Request) -> Option<Rc<Post>> {
        let mut written = String::new();
        let headers = request
            .headers
            .iter()
            .flat_map(|(name, value)| [*name, *value]);
        for part in [request.url, request.credentials]
            .into_iter()
            .chain(headers)
        {
            written.push_str(part);
            // No URL, name or value of a header holds one.
            written.push('\n');
        }
        if let Some(post) = &self.recent.post
            && post.written == written
        {
            return Some(post.clone());
        }
        let (form, mut asked) = self.read_as(request, true).ok()?;
        asked.sharing = match super::host::is_particular(request) {
            true => Sharing::Alone,
            false => Sharing::Shared,
        };
        let post = Rc::new(Post {
            written,
            pool: form.digest(),
            asked,
        });
        self.recent.post = Some(post.clone());
        Some(post)
    }
}
