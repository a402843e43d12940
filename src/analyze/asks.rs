//! What is asked for, and where: sinks followed through the app's own wrappers to where it is known what is sent.

use super::documents::{Fragments, Piece, Trouble, is_graphql, piece};
use super::fragment::{Kind, Operation, Place, Request, What as Asked};
use super::graph::Number;
use super::sinks::{self, Options, Sink, What};
use super::syntax::{CallKind, Expression, Id};
use super::url;
use super::value::{Value, Values};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use std::collections::BTreeMap;

/// How many wrappers deep.
const DEEPEST: u32 = 8;

/// One place that asks.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) what: Asked,
    pub(super) module: Number,
    pub(super) call: Id,
    pub(super) at_once: bool,
    /// What variables and slots take.
    pub(super) with: BTreeMap<String, Value>,
}

/// Something a person should know.
#[derive(Clone, Debug)]
pub struct Remark {
    /// Whether the app is wrong, or only not understood.
    pub is_error: bool,
    /// Where.
    pub at: Place,
    /// How much of the line it is about, in characters.
    pub length: u32,
    /// What is the matter.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// All that the app asks for.
#[derive(Default)]
pub(super) struct Asks {
    pub(super) operations: Vec<Operation>,
    /// Where their documents are written.
    pub(super) pieces: Vec<Piece>,
    pub(super) requests: Vec<Request>,
    pub(super) all: Vec<Ask>,
    pub(super) remarks: Vec<Remark>,
    pub(super) callers: Callers,
}

/// Which calls call a function.
pub(super) type Callers = HashMap<(Number, Id), Vec<(Number, Id)>>;

struct Finder<'v, 'g> {
    values: &'v Values<'g>,
    fragments: Fragments,
    asks: Asks,
    places: HashMap<String, usize>,
    request_places: HashMap<String, usize>,
    lazy: Vec<HashSet<Id>>,
    seen: HashSet<(Number, Id, Asked)>,
    told: HashSet<Place>,
}

/// Finds all of them.
pub(super) fn find(values: &Values) -> Asks {
    let count = values.graph.modules.len();
    let mut finder = Finder {
        values,
        fragments: fragments(values),
        asks: Asks::default(),
        places: HashMap::default(),
        request_places: HashMap::default(),
        lazy: (0..count)
            .map(|module| lazy_functions(values, module))
            .collect(),
        seen: HashSet::default(),
        told: HashSet::default(),
    };
    finder.callers();
    for module in 0..count {
        for call in 0..values.module(module).calls.len() {
            for sink in sinks::sinks(values, module, &values.module(module).calls[call]) {
                finder.follow(&sink, module, call as Id, 0);
            }
        }
    }
    finder.unsent();
    finder.asks.sort();
    finder.asks
}

impl Asks {
    /// By place, so that equal sources make equal fragments, whatever order they were read in.
    fn sort(&mut self) {
        let documents = std::mem::take(&mut self.operations)
            .into_iter()
            .zip(std::mem::take(&mut self.pieces));
        let (documents, operations) = sorted(
            documents.collect(),
            |(operation, _): &mut (Operation, Piece)| {
                operation.at.sort();
                (operation.at.first().cloned(), operation.document.clone())
            },
        );
        (self.operations, self.pieces) = documents.into_iter().unzip();
        let (found, requests) = sorted(std::mem::take(&mut self.requests), |request| {
            request.at.sort();
            let what = (&request.url, &request.headers, &request.body);
            (
                request.at.first().cloned(),
                format!("{} {what:?}", request.method),
            )
        });
        self.requests = found;
        for ask in &mut self.all {
            ask.what = match ask.what {
                Asked::Operation(number) => Asked::Operation(operations[number]),
                Asked::Request(number) => Asked::Request(requests[number]),
            };
        }
        self.all.sort_by_key(|ask| (ask.module, ask.call, ask.what));
    }
}

/// Sorted by a key; and where each has gone.
fn sorted<T, K: Ord>(list: Vec<T>, mut key: impl FnMut(&mut T) -> K) -> (Vec<T>, Vec<usize>) {
    let mut keyed: Vec<(K, usize, T)> = Vec::with_capacity(list.len());
    for (before, mut one) in list.into_iter().enumerate() {
        keyed.push((key(&mut one), before, one));
    }
    keyed.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut gone = vec![0; keyed.len()];
    for (after, (_, before, _)) in keyed.iter().enumerate() {
        gone[*before] = after;
    }
    (keyed.into_iter().map(|(_, _, one)| one).collect(), gone)
}

/// What all documents of the app define.
fn fragments(values: &Values) -> Fragments {
    let mut fragments = Fragments::default();
    for number in 0..values.graph.documents.len() {
        if let Ok(piece) = piece(values, &Value::File(number)) {
            fragments.learn(&piece);
        }
    }
    for (number, module) in values.graph.modules.iter().enumerate() {
        for (id, expression) in module.expressions.iter().enumerate() {
            let may_be = match expression {
                Expression::Template(_, _, tag) => tag.is_some(),
                Expression::Call(call) => {
                    let first = module.calls[*call as usize].arguments.first();
                    first.is_some_and(|first| {
                        matches!(
                            module.expression(*first),
                            Expression::Text(..) | Expression::Template(_, _, None)
                        )
                    })
                }
                _ => false,
            };
            if may_be
                && let document @ Value::Document(_) = values.of(number, id as Id)
                && let Ok(piece) = piece(values, &document)
            {
                fragments.learn(&piece);
            }
        }
    }
    fragments
}

/// Functions that only run when a person does something.
fn lazy_functions(values: &Values, module: Number) -> HashSet<Id> {
    let module = values.module(module);
    let mut lazy: HashSet<Id> = HashSet::default();
    for _ in 0..3 {
        for (number, function) in module.functions.iter().enumerate().skip(1) {
            let number = number as Id;
            let used_by_handlers = function.symbol.is_some_and(|symbol| {
                let mut uses = module
                    .uses
                    .iter()
                    .filter(|(used, ..)| *used == symbol)
                    .peekable();
                uses.peek().is_some()
                    && uses.all(|(_, within, handler)| {
                        *handler || (*within != number && lazy.contains(within))
                    })
            });
            let is_exported = function.parent == 0 && !module.exports.is_empty() && function.symbol.is_some_and(|symbol| {
                module.exports.values().any(|export| match export {
                    super::syntax::Export::Local(id) => matches!(module.expression(*id), Expression::Symbol(other) if *other == symbol),
                    super::syntax::Export::From(..) => false,
                })
            });
            let is_lazy = function.is_handler
                || lazy.contains(&function.parent) && function.parent != 0
                || (used_by_handlers && !is_exported);
            if is_lazy {
                lazy.insert(number);
            }
        }
    }
    lazy
}

impl Finder<'_, '_> {
    /// Who calls whom.
    fn callers(&mut self) {
        for (number, module) in self.values.graph.modules.iter().enumerate() {
            for (id, call) in module.calls.iter().enumerate() {
                let callee = self.values.of(number, call.callee);
                for callee in callee.each() {
                    let function = match callee {
                        Value::Function(module, function) => Some((*module, *function)),
                        Value::Class(of, class) if call.kind == CallKind::New => {
                            let class = &self.values.module(*of).classes[*class as usize];
                            class
                                .methods
                                .get("constructor")
                                .map(|function| (*of, *function))
                        }
                        // `useSWR(key, fetcher)` calls the fetcher with the key.
                        _ => None,
                    };
                    if let Some(function) = function {
                        self.asks
                            .callers
                            .entry(function)
                            .or_default()
                            .push((number, id as Id));
                    }
                }
                if let Value::Outside(from, _) = &callee
                    && sinks::is_swr(from)
                    && let Some(fetcher) = call.arguments.get(1)
                    && let Value::Function(module, function) = self.values.of(number, *fetcher)
                {
                    self.asks
                        .callers
                        .entry((module, function))
                        .or_default()
                        .push((number, id as Id));
                }
            }
        }
    }

    /// Follows what a call sends to those who decide what it is.
    fn follow(&mut self, sink: &Sink, module: Number, call: Id, depth: u32) {
        let Some(function) = sinks::lacks(self.values, sink).filter(|_| depth < DEEPEST) else {
            return self.emit(sink, module, call);
        };
        let callers = self
            .asks
            .callers
            .get(&function)
            .cloned()
            .unwrap_or_default();
        let telling = sinks::is_telling(self.values, sink);
        let mut followed = Vec::new();
        for (caller, place) in callers {
            let arguments = self
                .values
                .arguments(caller, &self.values.module(caller).calls[place as usize]);
            let inner = sinks::with(self.values, sink, function, &arguments);
            if inner != *sink {
                followed.push((inner, caller, place));
            }
        }
        // What is sent is known here: callers are asked only if they know more of it than the values.
        if telling
            && !followed
                .iter()
                .any(|(inner, ..)| knows_more(self.values, sink, inner))
        {
            return self.emit(sink, module, call);
        }
        if followed.is_empty() {
            return self.emit(sink, module, call);
        }
        for (inner, caller, place) in followed {
            self.follow(&inner, caller, place, depth + 1);
        }
    }

    fn emit(&mut self, sink: &Sink, module: Number, call: Id) {
        match &sink.what {
            What::Graphql(document, variables) => {
                self.graphql(document, variables, sink.is_lazy, module, call)
            }
            What::Either(what, variables, options) => {
                for what in what.each() {
                    match sinks::either(
                        self.values,
                        what.clone(),
                        variables.clone(),
                        options.clone(),
                    ) {
                        What::Http(url, options) => self.http(&url, &options, module, call),
                        _ => {
                            let variables = sinks::applied(self.values, variables);
                            self.graphql(what, &variables, sink.is_lazy, module, call);
                        }
                    }
                }
            }
            What::Http(url, options) => {
                for body in options.body.each() {
                    if let Value::Json(inner) = body
                        && let Some((document, variables)) = self.posted(inner)
                    {
                        return self.graphql(&document, &variables, sink.is_lazy, module, call);
                    }
                }
                for url in url.each() {
                    self.http(url, options, module, call);
                }
            }
        }
    }

    /// A GraphQL request as JSON.
    fn posted(&self, body: &Value) -> Option<(Value, Value)> {
        let Value::Object(..) = body else { return None };
        let document = self.values.member(body, "query");
        let is_document = match &document {
            Value::Document(_) | Value::File(_) => true,
            Value::Text(text) => match text.0.first() {
                Some(super::value::Part::Known(text, _)) => is_graphql(text),
                _ => false,
            },
            _ => false,
        };
        is_document.then(|| (document, self.values.member(body, "variables")))
    }

    fn graphql(
        &mut self,
        document: &Value,
        variables: &Value,
        is_lazy: bool,
        module: Number,
        call: Id,
    ) {
        for document in document.each() {
            // Of clients that are known by name alone: a text may be another language's.
            let is_other = matches!(document, Value::Text(text) if text.whole().is_some_and(|text| !is_graphql(&text)));
            if is_other {
                continue;
            }
            match self.fragments.operations(self.values, document) {
                Ok(sent) => {
                    for one in sent {
                        let reads = one.operation.kind == Kind::Query;
                        let with = match variables {
                            Value::Object(members, _) => members
                                .iter()
                                .map(|(name, value)| (name.to_string(), value.clone()))
                                .collect(),
                            _ => BTreeMap::new(),
                        };
                        let number = self.operation(one);
                        self.ask(
                            Asked::Operation(number),
                            with,
                            reads && !is_lazy,
                            module,
                            call,
                        );
                    }
                }
                Err(trouble) => self.trouble(&trouble, document, module, call),
            }
        }
    }

    fn operation(&mut self, sent: super::documents::Sent) -> usize {
        let next = self.asks.operations.len();
        let number = *self
            .places
            .entry(sent.operation.document.clone())
            .or_insert(next);
        if number == next {
            self.asks.operations.push(sent.operation);
            self.asks.pieces.push(sent.piece);
        }
        number
    }

    fn http(&mut self, url: &Value, options: &Options, module: Number, call: Id) {
        let Some((mut request, slots)) = url::request(self.values, url, options) else {
            let at = self.place(module, call);
            // A library's helper that nobody calls is not worth a word.
            if url.has_parameter()
                || matches!(url, Value::Hole(_) | Value::Of(..) | Value::Input(_))
            {
                self.remark(at, format!("the URL of this request is not known before it runs: `{}`", url.name()), "pass a literal or a template whose beginning is one; else it is not in the fragment");
            }
            return;
        };
        let reads = matches!(request.method.as_str(), "GET" | "HEAD" | "QUERY");
        let key = format!(
            "{} {:?} {:?} {:?} {}",
            request.method, request.url, request.headers, request.body, request.complete
        );
        let next = self.asks.requests.len();
        let number = *self.request_places.entry(key).or_insert(next);
        if number == next {
            request.at = Vec::new();
            self.asks.requests.push(request);
        }
        self.ask(Asked::Request(number), slots, reads, module, call);
    }

    fn ask(
        &mut self,
        what: Asked,
        with: BTreeMap<String, Value>,
        may_start: bool,
        module: Number,
        call: Id,
    ) {
        if !self.seen.insert((module, call, what)) {
            return;
        }
        let place = self.place(module, call);
        let at = match what {
            Asked::Operation(number) => &mut self.asks.operations[number].at,
            Asked::Request(number) => &mut self.asks.requests[number].at,
        };
        if !at.contains(&place) {
            at.push(place);
        }
        let function = self.values.module(module).calls[call as usize].function;
        let at_once = may_start && !self.lazy[module].contains(&function);
        self.asks.all.push(Ask {
            what,
            module,
            call,
            at_once,
            with,
        });
    }

    fn place(&self, module: Number, call: Id) -> Place {
        let module = self.values.module(module);
        module.place(module.calls[call as usize].at)
    }

    fn trouble(&mut self, trouble: &Trouble, document: &Value, module: Number, call: Id) {
        let at = self.place(module, call);
        match trouble {
            Trouble::Empty => {}
            Trouble::Unknown(name) if matches!(document, Value::Document(_)) => {
                self.remark(at, format!("a part of this document is not known before it runs: `{name}`"), "put fragments in as constants of this app, so that the operation is known when it is built");
            }
            // A wrapper that nobody calls is not worth a word.
            Trouble::Unknown(_) if document.has_parameter() => {}
            Trouble::Unknown(name) => self.remark(
                at,
                format!("which document is sent here is not known before it runs: `{name}`"),
                "pass the document itself, or a constant",
            ),
            Trouble::Missing(name) => self.remark(
                at,
                format!("the fragment `{name}` is defined nowhere in this app"),
                "define it, or put its document in with `${…}`",
            ),
            Trouble::Wrong(offset, why) => {
                let place = piece(self.values, document)
                    .ok()
                    .and_then(|piece| piece.place(self.values, *offset));
                let at = place.unwrap_or(at);
                self.remark_as(
                    true,
                    at,
                    format!("this is no GraphQL: {why}"),
                    "correct the document; a server would refuse it",
                );
            }
        }
    }

    fn remark(&mut self, at: Place, message: String, help: &str) {
        self.remark_as(false, at, message, help);
    }

    fn remark_as(&mut self, is_error: bool, at: Place, message: String, help: &str) {
        if self.told.insert(at.clone()) {
            self.asks.remarks.push(Remark {
                is_error,
                at,
                length: 1,
                message,
                help: help.to_owned(),
            });
        }
    }

    /// Operations that are defined, and that nothing was seen to send: handed on where that cannot be followed, or left
    /// over. They are in the fragment with the place of their document, on no route, and never started beforehand.
    fn unsent(&mut self) {
        let mut known: HashSet<String> = self
            .asks
            .operations
            .iter()
            .map(|operation| operation.name.clone())
            .collect();
        for (name, piece) in std::mem::take(&mut self.fragments.operations) {
            if name.is_empty() || !known.insert(name.clone()) {
                continue;
            }
            let Some(at) = piece.place(self.values, 0) else {
                continue;
            };
            for sent in self.fragments.in_piece(&piece, None).unwrap_or_default() {
                let number = self.operation(sent);
                self.asks.operations[number].at.push(at.clone());
            }
            let message = format!("where the operation `{name}` is sent was not seen");
            self.remark(
                at,
                message,
                "if nothing sends it, delete it; it is in the fragment, but on no route",
            );
        }
    }
}

/// Whether a caller knows more of a URL than its values: parts of its path.
fn knows_more(values: &Values, before: &Sink, after: &Sink) -> bool {
    match (&before.what, &after.what) {
        (What::Http(a, before), What::Http(b, after)) => {
            let known = |url: &Value| match url {
                Value::Text(text) => text
                    .0
                    .iter()
                    .map(|part| match part {
                        super::value::Part::Known(text, _) => text.len(),
                        super::value::Part::Slot(..) => 0,
                    })
                    .sum(),
                _ => 0,
            };
            let method = |options: &Options| {
                options.method.has_parameter() || options.headers.has_parameter()
            };
            known(b) > known(a)
                || (method(before) && !method(after))
                || values_differ(before, after)
        }
        (What::Graphql(_, before), What::Graphql(_, after)) => {
            before.has_parameter()
                && !matches!(after, Value::Parameter(..))
                && matches!(before, Value::Parameter(..))
        }
        _ => {
            let _ = values;
            false
        }
    }
}

fn values_differ(before: &Options, after: &Options) -> bool {
    let is_parameter = |value: &Value| matches!(value, Value::Parameter(..));
    [
        (&before.body, &after.body),
        (&before.headers, &after.headers),
        (&before.method, &after.method),
    ]
    .iter()
    .any(|(before, after)| is_parameter(before) && !is_parameter(after))
        || matches!((&before.body, &after.body), (Value::Json(a), Value::Json(b)) if is_parameter(a) && !is_parameter(b))
}

/// Used by routes: what a slot takes, if all who call agree.
pub(super) fn through_callers(
    values: &Values,
    callers: &Callers,
    value: &Value,
    depth: u32,
) -> Value {
    let mut parameter = None;
    value.walk(&mut |inner| {
        if let Value::Parameter(module, function, ..) = inner {
            parameter = parameter.or(Some((*module, *function)));
        }
    });
    let Some((module, function)) = parameter.filter(|_| depth < DEEPEST) else {
        return value.clone();
    };
    let mut agreed: Option<Value> = None;
    for (caller, call) in callers.get(&(module, function)).into_iter().flatten() {
        let call = &values.module(*caller).calls[*call as usize];
        let arguments = values.arguments(*caller, call);
        let inner = values.with(value, module, function, &arguments);
        if inner == *value {
            return value.clone();
        }
        let inner = through_callers(values, callers, &inner, depth + 1);
        match &agreed {
            Some(other) if *other != inner => return value.clone(),
            _ => agreed = Some(inner),
        }
    }
    agreed.unwrap_or_else(|| value.clone())
}
