//! The smallest cache that can be made of the rules: a list of what is kept, looked through from the newest.

use forebay::fingerprint::Request;
use forebay::http::{
    Demand, Head, Headed, Mode, Piece, Stored, Terms, Use, answers_get, confirmed, invalidated,
    is_kept, is_updated, keep,
};

pub type Fields = Vec<(String, String)>;

/// A response, as it came or as it is given.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub fields: Fields,
    pub body: String,
}

/// A request; the URL is whole.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub url: String,
    pub headers: Fields,
    pub mode: Mode,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Cache,
    Server,
    /// From the cache, after the server had confirmed it.
    Confirmed,
    Nowhere,
}

struct Entry {
    method: String,
    url: String,
    stored: Stored,
    response: Response,
}

/// Takes a request and the moment it arrives, and answers; `None`: the connection is lost.
pub type Server<'a> = &'a mut dyn FnMut(&Asked, u64) -> Option<Response>;

#[derive(Default)]
pub struct Cache {
    entries: Vec<Entry>,
}

/// Milliseconds that an exchange takes.
const TRIP: u64 = 4;

/// No request header is part of the key here.
fn keyed(_: &str) -> bool {
    false
}

fn field(fields: &Fields, name: &str) -> Option<String> {
    let values: Vec<&str> = fields
        .iter()
        .filter(|(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// As the browser's parser would, for what tests have.
fn whole(url: &str, base: &str) -> String {
    url::Url::parse(base)
        .and_then(|base| base.join(url))
        .map(String::from)
        .unwrap_or_default()
}

fn head(response: &Response, url: &str, requested: u64, arrived: u64) -> Head {
    let get = |name| field(&response.fields, name);
    Head {
        status: response.status,
        requested,
        arrived,
        filtered: false,
        cache_control: get("cache-control"),
        expires: get("expires"),
        date: get("date"),
        age: get("age"),
        vary: get("vary"),
        retry_after: get("retry-after"),
        content_type: get("content-type"),
        etag: get("etag"),
        last_modified: get("last-modified"),
        content_length: get("content-length"),
        content_range: get("content-range"),
        connection: get("connection"),
        location: get("location").map(|location| whole(&location, url)),
        content_location: get("content-location").map(|location| whole(&location, url)),
        cache_groups: get("cache-groups"),
        cache_group_invalidation: get("cache-group-invalidation"),
        no_vary_search: get("no-vary-search"),
        names: Vec::new(),
    }
}

impl Cache {
    /// Answers a request at this moment.
    pub fn fetch(&mut self, asked: &Asked, now: u64, server: Server) -> (Option<Response>, From) {
        let headers: Vec<(&str, &str)> = asked
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let request = Request {
            method: &asked.method,
            url: &asked.url,
            headers: &headers,
            body: None,
            credentials: "same-origin",
        };
        let demand = Demand::read(&request, asked.mode);
        let found = self.look(&request, &demand);
        let usage = found.map_or(Use::No, |at| self.entries[at].stored.use_for(&demand, now));
        match (found, usage) {
            (Some(at), Use::Fresh | Use::Stale) => {
                return (Some(self.give(at, &demand, now)), From::Cache);
            }
            (Some(at), Use::WhileRevalidating) => {
                let given = self.give(at, &demand, now);
                self.ask(asked, &request, &demand, Some(at), now, server);
                return (Some(given), From::Cache);
            }
            _ if !demand.may_ask() => {
                let timeout = Response {
                    status: 504,
                    fields: Vec::new(),
                    body: String::new(),
                };
                return (Some(timeout), From::Nowhere);
            }
            _ => {}
        }
        let asking = found.filter(|_| usage == Use::Validate);
        self.ask(asked, &request, &demand, asking, now, server)
    }

    fn look(&self, request: &Request, demand: &Demand) -> Option<usize> {
        if !matches!(request.method, "GET" | "HEAD") {
            return None;
        }
        self.entries.iter().rposition(|entry| {
            let same_url = entry.url == request.url
                || entry
                    .stored
                    .variance()
                    .is_some_and(|variance| variance.is_same(&entry.url, request.url));
            same_url
                && entry.method == request.method
                && entry.stored.matches(request.headers, &keyed)
                && entry.stored.piece(demand, entry.response.body.len() as u64) != Piece::Nothing
        })
    }

    fn give(&self, at: usize, demand: &Demand, now: u64) -> Response {
        let Entry {
            stored, response, ..
        } = &self.entries[at];
        let mut given = response.clone();
        given
            .fields
            .retain(|(name, _)| !name.eq_ignore_ascii_case("age"));
        let age = stored.age_field(now).to_string();
        given.fields.push(("Age".into(), age));
        if let Piece::Slice {
            from,
            length,
            content_range,
        } = stored.piece(demand, response.body.len() as u64)
        {
            given.status = 206;
            given.body = response.body[from as usize..(from + length) as usize].into();
            given
                .fields
                .push(("Content-Range".into(), content_range.into()));
        }
        given
    }

    fn ask(
        &mut self,
        asked: &Asked,
        request: &Request,
        demand: &Demand,
        about: Option<usize>,
        now: u64,
        server: Server,
    ) -> (Option<Response>, From) {
        let mut sent = asked.clone();
        if let Some(at) = about {
            for (name, value) in self.entries[at].stored.conditions() {
                sent.headers.push((name.into(), value.into()));
            }
        }
        // What a browser adds (Fetch, "HTTP-network-or-cache fetch").
        if asked.mode == Mode::NoCache && field(&sent.headers, "cache-control").is_none() {
            sent.headers
                .push(("Cache-Control".into(), "max-age=0".into()));
        }
        let answer = server(&sent, now + TRIP / 2);
        let now = now + TRIP;
        let failed = answer
            .as_ref()
            .is_none_or(|answer| answer.status >= 500)
            .then(|| answer.as_ref().map(|answer| answer.status));
        if let (Some(status), Some(at)) = (failed, about)
            && self.entries[at]
                .stored
                .may_answer_failure(demand, now, status)
        {
            return (Some(self.give(at, demand, now)), From::Cache);
        }
        let Some(response) = answer else {
            return (None, From::Nowhere);
        };
        let head = head(&response, request.url, now - TRIP, now);
        if let (304, Some(at)) = (response.status, about) {
            return (
                Some(self.confirm(at, request, demand, &head, &response)),
                From::Confirmed,
            );
        }
        if let Some(doubtful) = invalidated(request.method, request.url, &head) {
            self.entries.retain(|entry| {
                let groups = entry.stored.groups();
                !doubtful.urls.contains(&&*entry.url)
                    && !groups.iter().any(|group| doubtful.groups.contains(group))
            });
        }
        if request.method == "HEAD" {
            self.headed(request, &head, &response);
        }
        self.store(request, demand, &head, &response);
        (Some(response), From::Server)
    }

    fn store(&mut self, request: &Request, demand: &Demand, head: &Head, response: &Response) {
        let method = match request.method {
            "POST" if answers_get(request.method, request.url, head) => "GET",
            "POST" => return,
            other => other,
        };
        let Ok(stored) = keep(request, demand, head, &Terms::default(), &keyed) else {
            return;
        };
        self.entries.retain(|entry| {
            entry.url != request.url
                || entry.method != method
                || entry.stored.status() == 206
                || !entry.stored.matches(request.headers, &keyed)
        });
        let mut response = response.clone();
        response.fields.retain(|(name, _)| is_kept(head, name));
        self.entries.push(Entry {
            method: method.into(),
            url: request.url.into(),
            // As it comes back from a disk.
            stored: Stored::from_bytes(&stored.to_bytes()).expect("what was written reads"),
            response,
        });
    }

    /// Brings what a 304 confirms up to date, and gives it.
    fn confirm(
        &mut self,
        about: usize,
        request: &Request,
        demand: &Demand,
        head: &Head,
        response: &Response,
    ) -> Response {
        let kept: Vec<&Stored> = self.entries.iter().map(|entry| &entry.stored).collect();
        for at in confirmed(&kept, Some(about), head) {
            let entry = &mut self.entries[at];
            let stored = entry.stored.clone();
            let renewed = stored.renewed(request, head, &Terms::default(), &keyed);
            entry.stored = renewed.expect("no test forbids it");
            update(&mut entry.response.fields, head, response);
        }
        self.give(about, demand, head.arrived)
    }

    fn headed(&mut self, request: &Request, head: &Head, response: &Response) {
        for entry in &mut self.entries {
            if entry.url != request.url || !entry.stored.matches(request.headers, &keyed) {
                continue;
            }
            match entry.stored.after_head(head) {
                Headed::Same => {
                    let stored = entry.stored.clone();
                    let renewed = stored.renewed(request, head, &Terms::default(), &keyed);
                    entry.stored = renewed.expect("no test forbids it");
                    update(&mut entry.response.fields, head, response);
                }
                Headed::Other => entry.stored.doubt(),
                Headed::Nothing => {}
            }
        }
    }
}

fn update(fields: &mut Fields, head: &Head, response: &Response) {
    let new = response
        .fields
        .iter()
        .filter(|(name, _)| is_updated(head, name));
    let new: Vec<_> = new.cloned().collect();
    fields.retain(|(name, _)| {
        !new.iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name))
    });
    fields.extend(new);
}
