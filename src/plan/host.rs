//! What the host shell declared, applied to one request.

use super::Pattern;
use super::queries::Recent;
use crate::ascii;
use crate::broker::{Asked, Sharing, origin_of};
use crate::cache::Subject;
use crate::fingerprint::{
    ContentDigest, NormalForm, Partition, Principal, Refusal, Request, Rules, SET_BY_THE_BROWSER,
    normalise,
};
use crate::graphql::{Foreseen, Types};
use crate::http::{Demand, Mode, NoStore, Terms};
use std::rc::Rc;

/// One declared rule.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// Which URLs it is about.
    pub pattern: Pattern,
    /// What it says of their normal form.
    pub form: Form,
    /// A POST only reads.
    pub coalesce_post: bool,
    /// How long answers are kept.
    pub terms: Terms,
    /// Labels of answers.
    pub tags: Vec<Box<str>>,
    /// Request headers without meaning.
    pub ignored_headers: Vec<Box<str>>,
    /// The same with all that is keyed anyway: what follows from the declarations ([`Host::settle`]).
    pub keyed: Rc<[Box<str>]>,
}

/// What a rule says of the normal form.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Parameters of different names may change places.
    pub any_query_order: bool,
    /// Parameters without meaning.
    pub ignored_parameters: Vec<Box<str>>,
    /// Top-level members of a JSON body without meaning.
    pub ignored_members: Vec<Box<str>>,
    /// JSON numbers of equal value are equal.
    pub numbers_by_value: bool,
}

/// What the manifest says of GraphQL, as it was given. [`Host::prepare`] reads it.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Documents of the page's apps.
    pub documents: Option<Vec<Box<str>>>,
    /// Types of the schema.
    pub types: Option<Vec<Composite>>,
}

/// A composite type or an enum of a GraphQL schema; see [`Types::declare`] and [`Types::declare_enum`].
#[derive(Clone, Debug, Default)]
pub struct Composite {
    /// Its name.
    pub name: Box<str>,
    /// Those of its fields that have selections, with the names of their types.
    pub fields: Vec<(Box<str>, Box<str>)>,
    /// Which objects an interface or union can be.
    pub possible: Vec<Box<str>>,
    /// Of an enum: its values.
    pub values: Vec<Box<str>>,
}

/// All declarations.
#[derive(Clone)]
pub struct Host {
    /// The page's own origin.
    pub origin: Box<str>,
    /// Which build of the data's shape it is, as the host says; else the hash of the manifest's schema.
    pub epoch: Option<Box<str>>,
    /// See `epoch`.
    pub schema: Option<Box<str>>,
    /// Rules; the first that matches holds.
    pub rules: Vec<Rule>,
    /// Request headers that take part in the normal form besides the usual ones.
    pub significant_headers: Vec<Box<str>>,
    /// Request headers that carry credentials besides `authorization`.
    pub credential_headers: Vec<Box<str>>,
    /// Request headers without meaning, whatever a server says of them.
    pub ignored_headers: Vec<Box<str>>,
    /// This page's key for digests of credentials.
    pub credential_key: [u8; 32],
    /// All tokens of the present person see the same.
    pub interchangeable_tokens: bool,
    /// What has been declared of GraphQL and not been read yet.
    pub declared: Declared,
    /// What the manifest says of the GraphQL schema.
    pub types: Types,
    /// GraphQL operations that the page's apps are known to ask for.
    pub foreseen: Vec<Foreseen>,
    /// Names of all headers that are part of the key, or cannot differ: shared by all requests.
    keyed: Rc<[Box<str>]>,
    pub(super) recent: Recent,
}

impl Host {
    /// A host that has declared nothing. The key is random, this page's alone.
    pub fn new(origin: &str, credential_key: [u8; 32]) -> Host {
        Host {
            origin: origin.into(),
            epoch: None,
            schema: None,
            rules: Vec::new(),
            significant_headers: Vec::new(),
            credential_headers: Vec::new(),
            ignored_headers: Vec::new(),
            credential_key,
            interchangeable_tokens: false,
            declared: Declared::default(),
            types: Types::default(),
            foreseen: Vec::new(),
            keyed: Rc::default(),
            recent: Recent::default(),
        }
        .settled()
    }

    /// The partition of a person here and now.
    pub fn partition(&self, principal: Principal) -> Partition {
        let epoch = self.epoch.as_deref().or(self.schema.as_deref());
        Partition::new(&self.origin, principal, epoch.unwrap_or(""))
    }

    /// After a change of the declarations: derives what follows from them.
    pub fn settle(&mut self) {
        self.keyed = self.keyed(&[]);
        for at in 0..self.rules.len() {
            self.rules[at].keyed = self.keyed(&self.rules[at].ignored_headers);
        }
        self.recent = Recent::default();
    }

    fn settled(mut self) -> Host {
        self.settle();
        self
    }

    /// Brings a request into its normal form, and says all that the broker needs to know of it.
    pub fn read(&self, request: &Request) -> Result<(NormalForm, Asked), Refusal> {
        self.read_as(request, false)
    }

    /// The same. `is_query`: of a POST that carries GraphQL.
    pub(super) fn read_as(
        &self,
        request: &Request,
        is_query: bool,
    ) -> Result<(NormalForm, Asked), Refusal> {
        let rule = self.rule(request.url);
        let form = self.normalise(request, rule, is_query)?;
        let content = form.digest();
        let mut asked = Asked {
            sharing: self.sharing(request, rule),
            every_header: is_query || keeps_by_rule(rule),
            ..self.asked(request, rule, &form, content)
        };
        // Only of a query it is known that it reads, and what it reads.
        if !is_query && asked.terms.no_store == NoStore::Keep {
            asked.terms.no_store = NoStore::Share;
        }
        let is_get = request.method == "GET";
        if request.method == "HEAD" || (is_get && asked.demand.range().is_some()) {
            asked.whole = Some(self.whole(request, rule)?);
        }
        if is_get && request.body.is_none() {
            let mut besides = form.besides_url().to_vec();
            // Which answer may serve which form is asked of the head, and kin have another's.
            besides.push(form.accept().map_or(0, |accept| accept as u8 + 1));
            asked.besides = Some(besides.into());
        }
        Ok((form, asked))
    }

    fn whole(&self, request: &Request, rule: Option<&Rule>) -> Result<ContentDigest, Refusal> {
        let mut headers = request.headers.to_vec();
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("range"));
        let get = Request {
            method: "GET",
            headers: &headers,
            ..*request
        };
        Ok(self.normalise(&get, rule, false)?.digest())
    }

    /// What nobody else can be given the answer to.
    pub(super) fn asked_by_nobody(&self, request: &Request) -> Asked {
        let form = NormalForm::default();
        self.asked(request, None, &form, form.digest())
    }

    fn asked(
        &self,
        request: &Request,
        rule: Option<&Rule>,
        form: &NormalForm,
        content: ContentDigest,
    ) -> Asked {
        Asked {
            content,
            sharing: Sharing::Alone,
            method: request.method.into(),
            demand: Demand::read(request, Mode::Default),
            keyed: self.keyed_by(rule).clone(),
            every_header: false,
            accept: form.accept(),
            unkeyed: self.unkeyed(request, rule),
            whole: None,
            besides: None,
            terms: rule.map(|rule| rule.terms.clone()).unwrap_or_default(),
            origin: origin_of(request.url).into(),
            credentialed: form.has_credential(),
            credential: form.credential(),
            inquiry: None,
            subject: Rc::new(Subject {
                url: form.url().into(),
                tags: rule.map(|rule| rule.tags.clone()).unwrap_or_default(),
                ..Subject::default()
            }),
        }
    }

    /// The headers that are no part of the key.
    fn unkeyed(&self, request: &Request, rule: Option<&Rule>) -> Box<[(Box<str>, Box<str>)]> {
        let mut unkeyed = Vec::new();
        for (name, value) in request.headers {
            if !self
                .keyed_by(rule)
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
            {
                unkeyed.push((Box::from(*name), Box::from(*value)));
            }
        }
        unkeyed.into()
    }

    fn normalise(
        &self,
        request: &Request,
        rule: Option<&Rule>,
        is_query: bool,
    ) -> Result<NormalForm, Refusal> {
        let nothing = Form::default();
        let form = rule.map_or(&nothing, |rule| &rule.form);
        normalise(
            request,
            &Rules {
                any_query_order: form.any_query_order,
                ignored_parameters: &form.ignored_parameters,
                ignored_members: &form.ignored_members,
                numbers_by_value: form.numbers_by_value,
                significant_headers: &self.significant_headers,
                credential_headers: &self.credential_headers,
                ignored_headers: [
                    &self.ignored_headers,
                    rule.map_or(&[], |rule| &rule.ignored_headers),
                ],
                every_header: is_query || keeps_by_rule(rule),
                exact_accept: is_query,
                credential_key: self.credential_key,
                interchangeable_tokens: self.interchangeable_tokens,
            },
        )
    }

    fn keyed_by<'a>(&'a self, rule: Option<&'a Rule>) -> &'a Rc<[Box<str>]> {
        match rule {
            Some(rule) if !rule.ignored_headers.is_empty() => &rule.keyed,
            _ => &self.keyed,
        }
    }

    fn rule(&self, url: &str) -> Option<&Rule> {
        self.rules
            .iter()
            .find(|rule| rule.pattern.matches_url(url, &self.origin))
    }

    /// RFC 9110 §9.2.1, and the QUERY method's draft: what only reads.
    fn sharing(&self, request: &Request, rule: Option<&Rule>) -> Sharing {
        match request.method {
            _ if is_particular(request) => Sharing::Alone,
            "GET" | "HEAD" | "QUERY" => Sharing::Shared,
            "POST" if rule.is_some_and(|rule| rule.coalesce_post) => Sharing::Shared,
            _ => Sharing::Alone,
        }
    }

    /// Names of headers that are part of the key, or cannot differ, or mean nothing: these besides the host's.
    fn keyed(&self, ignored: &[Box<str>]) -> Rc<[Box<str>]> {
        let usual = [
            "accept",
            "accept-language",
            "content-type",
            "range",
            "authorization",
        ];
        let mut names: Vec<Box<str>> = Vec::new();
        for list in [&usual, &SET_BY_THE_BROWSER] {
            for name in list {
                names.push(Box::from(*name));
            }
        }
        for list in [
            &*self.significant_headers,
            &self.credential_headers,
            &self.ignored_headers,
            ignored,
        ] {
            names.extend_from_slice(list);
        }
        names.into()
    }
}

/// Answers that the host keeps by its own word are kept apart by all headers, whatever their heads say of them.
fn keeps_by_rule(rule: Option<&Rule>) -> bool {
    rule.is_some_and(|rule| rule.terms.ttl.is_some() || rule.terms.otherwise.is_some())
}

/// Whether its headers ask for an answer that is nobody else's.
pub(super) fn is_particular(request: &Request) -> bool {
    request.headers.iter().any(|(name, value)| {
        let streams =
            name.eq_ignore_ascii_case("accept") && ascii::pieces(value, b',').any(is_event_stream);
        // A condition of one caller's own is answered by a 304 that means nothing to another.
        let conditional = name
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("if-"));
        streams || conditional
    })
}

fn is_event_stream(media: &str) -> bool {
    ascii::trim(ascii::until(media, |byte| byte == b';')).eq_ignore_ascii_case("text/event-stream")
}
