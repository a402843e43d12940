//! What has been invalidated since when.
//!
//! Each invalidation is one generation. A flight remembers the generation it began in; whether an invalidation
//! since then covers it is answered from this log. The log is short: what falls out of it raises a floor, and
//! whatever began below the floor counts as covered, which may cost a request and never the truth.

use super::Subject;
use std::collections::VecDeque;

/// How many invalidations are told apart; those before count as "everything".
const REMEMBERED: usize = 64;

/// A count of invalidations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Generation(u32);

/// What one invalidation covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// URLs in normal form that fit a pattern in which `*` stands for any text.
    Url(Box<str>),
    /// One URL in normal form.
    Exactly(Box<str>),
    /// Everything with this label, also if it is that of a type, an object or a group.
    Tag(Box<str>),
    /// Everything that may have objects of this type in it.
    Type(Box<str>),
    /// What servers of an origin put in a group (RFC 9875).
    Group {
        /// Scheme, host and port, as a URL begins with them.
        origin: Box<str>,
        /// The group's name.
        name: Box<str>,
    },
    /// Whatever was in the air to this origin when a write to it was acknowledged. Entries stay.
    InTheAir {
        /// Scheme, host and port, as a URL begins with them.
        origin: Box<str>,
    },
}

impl Scope {
    /// Whether entries about `subject` are out of date by this.
    pub fn covers_entries_of(&self, subject: &Subject) -> bool {
        match self {
            Scope::All => true,
            Scope::Url(pattern) => fits(pattern, &subject.url),
            Scope::Exactly(url) => *url == subject.url,
            Scope::Tag(tag) => {
                subject.tags.contains(tag)
                    || subject.types.contains(tag)
                    || subject.groups.contains(tag)
            }
            Scope::Group { origin, name } => {
                subject.groups.contains(name) && crate::broker::origin_of(&subject.url) == &**origin
            }
            Scope::Type(name) => subject.is_untyped || subject.types.contains(name),
            Scope::InTheAir { .. } => false,
        }
    }

    /// Whether it may cover answers to what `subject` is known of: an answer may turn out to have labels that nobody knew
    /// when it was asked for.
    pub fn may_cover(&self, subject: &Subject) -> bool {
        match self {
            Scope::Tag(_) => true,
            Scope::Group { origin, .. } => crate::broker::origin_of(&subject.url) == &**origin,
            _ => self.covers_entries_of(subject),
        }
    }

    /// Whether a flight for `subject` that began before may carry what is out of date.
    pub fn covers_flights_of(&self, subject: &Subject) -> bool {
        match self {
            Scope::InTheAir { origin } => crate::broker::origin_of(&subject.url) == &**origin,
            _ => self.covers_entries_of(subject),
        }
    }
}

/// The log.
#[derive(Debug, Default)]
pub struct Generations {
    log: VecDeque<(Generation, Scope)>,
    now: Generation,
    /// Below it everything counts as covered.
    floor: Generation,
    /// Whether anything that covers entries has fallen out of the log.
    forgot: bool,
}

impl Generations {
    /// The present generation.
    pub fn now(&self) -> Generation {
        self.now
    }

    /// Begins a new generation.
    pub fn advance(&mut self, scope: Scope) {
        self.now = Generation(self.now.0 + 1);
        self.log.push_back((self.now, scope));
        if self.log.len() > REMEMBERED
            && let Some((generation, scope)) = self.log.pop_front()
        {
            self.floor = generation;
            self.forgot |= !matches!(scope, Scope::InTheAir { .. });
        }
    }

    /// Whether a flight for `subject` that began in `began` may carry what is out of date.
    pub fn covers_flight(&self, began: Generation, subject: &Subject) -> bool {
        began < self.floor
            || self
                .log
                .iter()
                .rev()
                .take_while(|(at, _)| *at > began)
                .any(|(_, scope)| scope.covers_flights_of(subject))
    }

    /// The same of a flight whose answer may turn out to have labels that are not known yet.
    pub fn may_cover_flight(&self, began: Generation, subject: &Subject) -> bool {
        let mut later = self.log.iter().filter(|(at, _)| *at > began);
        self.covers_flight(began, subject) || later.any(|(_, scope)| scope.may_cover(subject))
    }

    /// Whether an entry about `subject` that was asked for in `began` may be out of date.
    pub fn covers_entry(&self, began: Generation, subject: &Subject) -> bool {
        let mut later = self.log.iter().filter(|(at, _)| *at > began);
        began < self.floor || later.any(|(_, scope)| scope.covers_entries_of(subject))
    }

    /// What was declared out of date after a generation; everything, if the log has forgotten.
    pub fn since(&self, since: Generation) -> Vec<Scope> {
        if since < self.floor {
            return vec![Scope::All];
        }
        let later = self.log.iter().filter(|(at, _)| *at > since);
        later.map(|(_, scope)| scope.clone()).collect()
    }

    /// Whether answers about `subject` may ever have been declared out of date: then the browser's own HTTP cache,
    /// which heard nothing of it, must not answer unasked.
    pub fn ever_covered(&self, subject: &Subject) -> bool {
        self.forgot || self.log.iter().any(|(_, scope)| scope.may_cover(subject))
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any text, also none. The leftmost place for each part
/// is as good as any, so that one way back, to behind the last `*`, is enough.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while read < text.len() {
        match (pattern.get(at), back) {
            (Some(b'*'), _) => {
                at += 1;
                back = Some((at, read));
            }
            (Some(sign), _) if *sign == text[read] => {
                at += 1;
                read += 1;
            }
            (_, Some((star, from))) => {
                (at, read) = (star, from + 1);
                back = Some((star, from + 1));
            }
            _ => return false,
        }
    }
    pattern.iter().skip(at).all(|sign| *sign == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(url: &str, tags: &[&str]) -> Subject {
        Subject {
            url: url.into(),
            tags: tags.iter().map(|tag| Box::from(*tag)).collect(),
            ..Subject::default()
        }
    }

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("a/*", "a/", true),
            ("a/*", "a/b/c?d", true),
            ("*/b", "a/b", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_flight_is_covered_by_later_invalidations_only() {
        let mut generations = Generations::default();
        let visits = about("https://a.test/visits", &["visits"]);
        generations.advance(Scope::Tag("visits".into()));
        let began = generations.now();
        assert!(!generations.covers_flight(began, &visits));
        generations.advance(Scope::Url("https://a.test/other".into()));
        assert!(!generations.covers_flight(began, &visits));
        generations.advance(Scope::Tag("visits".into()));
        assert!(generations.covers_flight(began, &visits));
    }

    #[test]
    fn a_write_covers_what_is_in_the_air_to_its_origin_alone() {
        let write = Scope::InTheAir {
            origin: "https://a.test".into(),
        };
        assert!(write.covers_flights_of(&about("https://a.test/x", &[])));
        assert!(!write.covers_flights_of(&about("https://a.test.evil/x", &[])));
        assert!(!write.covers_entries_of(&about("https://a.test/x", &[])));
    }

    #[test]
    fn what_the_log_forgot_counts_as_covered() {
        let mut generations = Generations::default();
        let began = generations.now();
        for number in 0..=REMEMBERED {
            generations.advance(Scope::Tag(number.to_string().into()));
        }
        assert!(generations.covers_flight(began, &about("https://a.test/x", &[])));
        assert!(generations.ever_covered(&about("https://a.test/x", &[])));
    }
}
