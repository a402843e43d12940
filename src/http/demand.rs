//! What a request says about answers that are already there.

use super::directives::{
    Directives, IF_ERROR, MAX_AGE, MAX_STALE, MIN_FRESH, NO_CACHE, NO_STORE, ONLY_IF_CACHED,
};
use super::vary::values;
use crate::ascii;
use crate::fingerprint::Request;

/// A request's cache mode (Fetch standard, "request cache mode").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As HTTP says.
    #[default]
    Default,
    /// Neither look nor store.
    NoStore,
    /// Do not look, but store.
    Reload,
    /// Ask the server whatever is stored.
    NoCache,
    /// What is stored, however old; else the server.
    ForceCache,
    /// What is stored, however old; else nothing.
    OnlyIfCached,
}

impl Mode {
    /// The mode by the name that Fetch gives it; `None` if it is none.
    pub fn named(name: &str) -> Option<Mode> {
        Some(match name {
            "default" => Mode::Default,
            "no-store" => Mode::NoStore,
            "reload" => Mode::Reload,
            "no-cache" => Mode::NoCache,
            "force-cache" => Mode::ForceCache,
            "only-if-cached" => Mode::OnlyIfCached,
            _ => return None,
        })
    }
}

/// A request's cache mode, its `Cache-Control` (RFC 9111 §5.2.1) and its `Range`.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    mode: Mode,
    said: Directives,
    range: Option<Box<str>>,
}

impl Demand {
    /// Reads a request. Conditions that its author wrote are his to judge the answer of: with one of them the default
    /// mode becomes `no-store` (Fetch, "HTTP-network-or-cache fetch"). `Pragma: no-cache` counts where there is no
    /// `Cache-Control` (RFC 9111 §5.4).
    pub fn read(request: &Request, mode: Mode) -> Demand {
        let field = |name| values(request.headers, name);
        let (mut mode, mut said) = (mode, Directives::parse(""));
        let conditional = request.headers.iter().any(|(name, _)| {
            name.get(..3)
                .is_some_and(|start| start.eq_ignore_ascii_case("if-"))
        });
        if conditional && mode == Mode::Default {
            mode = Mode::NoStore;
        }
        if let Some(control) = field("cache-control") {
            said = Directives::parse(&control);
        } else if let Some(pragma) = field("pragma") {
            said.flags = Directives::parse(&pragma).flags & NO_CACHE;
        }
        Demand {
            mode,
            said,
            range: field("range").map(|range| ascii::trim(&range).into()),
        }
    }

    /// The same request, asked for in this mode.
    pub fn in_mode(&self, mode: Mode) -> Demand {
        let mode = match self.mode {
            Mode::NoStore => Mode::NoStore,
            _ => mode,
        };
        Demand {
            mode,
            ..self.clone()
        }
    }

    /// Whether the server must be asked whatever is stored or under way.
    pub fn wants_the_server(&self) -> bool {
        !self.may_look() || self.insists(false)
    }

    /// Whether a stored answer may serve at all, or be asked about.
    pub fn may_look(&self) -> bool {
        !matches!(self.mode, Mode::NoStore | Mode::Reload) && !self.said.says(NO_STORE)
    }

    /// Whether the answer may be stored (RFC 9111 §5.2.1.5).
    pub fn may_store(&self) -> bool {
        self.mode != Mode::NoStore && !self.said.says(NO_STORE)
    }

    /// Whether the server may be asked. If it may not and nothing is stored, the mode ends in a network error, the
    /// directive in a 504 (RFC 9111 §5.2.1.7).
    pub fn may_ask(&self) -> bool {
        self.mode != Mode::OnlyIfCached && !self.said.says(ONLY_IF_CACHED)
    }

    /// The value of `Range`.
    pub fn range(&self) -> Option<&str> {
        self.range.as_deref()
    }

    /// What is stored serves however old it is.
    pub(super) fn takes_anything(&self) -> bool {
        matches!(self.mode, Mode::ForceCache | Mode::OnlyIfCached)
    }

    /// Whether an answer must not be used before the server was asked. The mode is Fetch's `max-age=0`, and about what is
    /// fresh and `is_immutable` nobody need be asked for that (RFC 8246 §2); the directive is stronger.
    pub(super) fn insists(&self, is_immutable: bool) -> bool {
        self.said.says(NO_CACHE) || (self.mode == Mode::NoCache && !is_immutable)
    }

    /// Whether an answer of this age, fresh for `left` milliseconds more, is new enough (RFC 9111 §5.2.1.1, §5.2.1.3).
    pub(super) fn is_content(&self, age: u64, left: u64) -> bool {
        let young = !self.said.has(MAX_AGE) || age <= self.said.ms(MAX_AGE);
        young && left >= self.said.ms(MIN_FRESH)
    }

    /// Milliseconds that an answer may be stale (RFC 9111 §5.2.1.2); `None`: it was not said.
    pub(super) fn tolerance(&self) -> Option<u64> {
        let said = self.said.has(MAX_STALE) && !self.said.has(MIN_FRESH);
        said.then(|| self.said.ms(MAX_STALE))
    }

    /// Milliseconds that an answer may be stale if the server fails (RFC 5861 §4).
    pub(super) fn tolerance_of_failure(&self) -> u64 {
        self.said.ms(IF_ERROR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &str)], mode: Mode) -> Demand {
        let request = Request {
            method: "GET",
            url: "https://a.test/",
            headers,
            body: None,
            credentials: "same-origin",
        };
        Demand::read(&request, mode)
    }

    fn may(demand: &Demand) -> [bool; 3] {
        [demand.may_look(), demand.may_store(), demand.may_ask()]
    }

    #[test]
    fn modes() {
        for (name, expected) in [
            ("default", [true, true, true]),
            ("no-store", [false, false, true]),
            ("reload", [false, true, true]),
            ("no-cache", [true, true, true]),
            ("force-cache", [true, true, true]),
            ("only-if-cached", [true, true, false]),
        ] {
            let mode = Mode::named(name).expect("known");
            assert_eq!(may(&read(&[], mode)), expected, "{name}");
        }
        assert_eq!(Mode::named("Default"), None);
    }

    #[test]
    fn directives() {
        let with = |control| may(&read(&[("Cache-Control", control)], Mode::Default));
        assert_eq!(with("no-store"), [false, false, true]);
        assert_eq!(with("only-if-cached"), [true, true, false]);
        assert_eq!(with("no-cache, max-age=1"), [true, true, true]);
    }

    #[test]
    fn ones_own_conditions() {
        let condition = [("If-None-Match", "\"a\"")];
        assert_eq!(may(&read(&condition, Mode::Default)), [false, false, true]);
        assert_eq!(may(&read(&condition, Mode::ForceCache)), [true, true, true]);
    }

    #[test]
    fn pragma_counts_alone() {
        let insists = |headers: &[(&str, &str)]| read(headers, Mode::Default).insists(true);
        assert!(insists(&[("pragma", "no-cache")]));
        assert!(!insists(&[
            ("pragma", "no-cache"),
            ("cache-control", "max-age=9")
        ]));
        assert!(!insists(&[("pragma", "no-store, other")]));
    }
}
