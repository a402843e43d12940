//! URL patterns such as `/patients/:id/*`.

use crate::ascii;
use crate::broker::origin_of;

/// A pattern for paths, or for whole URLs without query and fragment. `:name` stands for one segment that is
/// not empty, `*` for any text that follows, also none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// Scheme, host and port; `None` where the pattern names only a path.
    origin: Option<Box<str>>,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Parameter(Box<str>),
    Rest,
}

/// Why a pattern cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// It begins neither with `/` nor with `scheme://`.
    Start,
    /// `*` is not its last character.
    StarInside,
    /// A `:` has no name after it, or a name stands twice.
    Name,
}

impl PatternError {
    /// What is wrong and what to do, for a person.
    pub fn message(self) -> &'static str {
        match self {
            PatternError::Start => "must begin with \"/\" or with a scheme such as \"https://\"",
            PatternError::StarInside => "may have \"*\" only as its last character",
            PatternError::Name => "needs a name after each \":\", and each name once",
        }
    }
}

impl Pattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        let (origin, path) = match origin_of(text) {
            "" => (None, text),
            origin => (
                Some(Box::from(origin)),
                text.get(origin.len()..).unwrap_or(""),
            ),
        };
        if origin.is_none() && !path.starts_with("/") {
            return Err(PatternError::Start);
        }
        let mut parts = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        let (path, rest) = path
            .strip_suffix("*")
            .map_or((path, false), |path| (path, true));
        if path.bytes().any(|byte| byte == b'*') {
            return Err(PatternError::StarInside);
        }
        for (index, segment) in ascii::pieces(path, b'/').enumerate() {
            if index > 0 {
                push_text(&mut parts, "/");
            }
            match segment.strip_prefix(":") {
                Some(name) if name.is_empty() || names.contains(&name) => {
                    return Err(PatternError::Name);
                }
                Some(name) => {
                    names.push(name);
                    parts.push(Part::Parameter(name.into()));
                }
                None => push_text(&mut parts, segment),
            }
        }
        if rest {
            parts.push(Part::Rest);
        }
        Ok(Pattern { origin, parts })
    }

    /// Matches a URL's origin and path; `home` is the page's own origin, which a bare path means.
    pub fn matches_url(&self, url: &str, home: &str) -> bool {
        let origin = origin_of(url);
        let path = url.get(origin.len()..).unwrap_or("");
        let path = ascii::until(path, |byte| matches!(byte, b'?' | b'#'));
        origin == self.origin.as_deref().unwrap_or(home) && self.parameters(path).is_some()
    }

    /// Matches a path, and gives the value of each parameter.
    pub fn parameters<'p, 't>(&'p self, path: &'t str) -> Option<Vec<(&'p str, &'t str)>> {
        let mut rest = path;
        let mut found = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => rest = rest.strip_prefix(&**text)?,
                Part::Parameter(name) => {
                    let value = ascii::until(rest, |byte| byte == b'/');
                    if value.is_empty() {
                        return None;
                    }
                    found.push((&**name, value));
                    rest = rest.get(value.len()..)?;
                }
                Part::Rest => return Some(found),
            }
        }
        rest.is_empty().then_some(found)
    }
}

/// Adds to the text that the parts end with.
fn push_text(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(Part::Text(last)) = parts.last_mut() {
        let mut longer = String::from(core::mem::take(last));
        longer.push_str(text);
        *last = longer.into();
    } else {
        parts.push(Part::Text(text.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters<'t>(pattern: &str, path: &'t str) -> Option<Vec<(String, &'t str)>> {
        let pattern = Pattern::parse(pattern).unwrap();
        pattern.parameters(path).map(|found| {
            found
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()
        })
    }

    #[test]
    fn a_parameter_is_one_segment() {
        assert_eq!(
            parameters("/patients/:id", "/patients/7"),
            Some(vec![("id".into(), "7")])
        );
        assert_eq!(parameters("/patients/:id", "/patients/7/notes"), None);
        assert_eq!(parameters("/patients/:id", "/patients/"), None);
        let both = Some(vec![("a".into(), "1"), ("b".into(), "2")]);
        assert_eq!(parameters("/x/:a/y/:b", "/x/1/y/2"), both);
    }

    #[test]
    fn a_star_is_any_rest() {
        assert_eq!(parameters("/api/*", "/api/x/y"), Some(vec![]));
        assert_eq!(parameters("/api/*", "/api"), None);
        assert_eq!(parameters("/*", "/"), Some(vec![]));
    }

    #[test]
    fn a_bare_path_means_the_pages_own_origin() {
        let pattern = Pattern::parse("/api/:x").unwrap();
        assert!(pattern.matches_url("https://a.test/api/1?q#f", "https://a.test"));
        assert!(!pattern.matches_url("https://b.test/api/1", "https://a.test"));
        let whole = Pattern::parse("https://b.test/api/:x").unwrap();
        assert!(whole.matches_url("https://b.test/api/1", "https://a.test"));
        assert!(!whole.matches_url("https://b.test.evil/api/1", "https://a.test"));
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Pattern::parse("api/x"), Err(PatternError::Start));
        assert_eq!(Pattern::parse("/a*b"), Err(PatternError::StarInside));
        assert_eq!(Pattern::parse("/a/:"), Err(PatternError::Name));
        assert_eq!(Pattern::parse("/:a/:a"), Err(PatternError::Name));
    }
}
