//! Structured fields (RFC 9651), as far as fields of this room are made of them: lists of strings, and dictionaries
//! whose members are booleans or inner lists of strings. Anything else in them fails the whole field, as the RFC asks.

/// A list of strings, and of nothing else (§4.2.1). Parameters are passed over.
pub(super) fn strings(field: &str) -> Option<Vec<Box<str>>> {
    let mut cursor = Cursor::new(field);
    let mut strings = Vec::new();
    while !cursor.is_at_end() {
        strings.push(cursor.string()?);
        cursor.parameters()?;
        cursor.comma()?;
    }
    Some(strings)
}

/// A member of a dictionary: its key, and a boolean or, as `Err`, an inner list of strings.
pub(super) type Member<'a> = (&'a str, Result<bool, Vec<Box<str>>>);

/// The members of a dictionary (§4.2.2); of a key that occurs twice the last one holds.
pub(super) fn dictionary(field: &str) -> Option<Vec<Member<'_>>> {
    let mut cursor = Cursor::new(field);
    let mut members = Vec::new();
    while !cursor.is_at_end() {
        let key = cursor.key()?;
        let value = match cursor.takes(b'=') {
            false => Ok(true),
            true if cursor.takes(b'(') => Err(cursor.inner_list()?),
            true => Ok(cursor.boolean()?),
        };
        cursor.parameters()?;
        members.push((key, value));
        cursor.comma()?;
    }
    Some(members)
}

struct Cursor<'a> {
    text: &'a str,
}

impl<'a> Cursor<'a> {
    fn new(field: &'a str) -> Self {
        let mut cursor = Cursor { text: field };
        cursor.spaces();
        cursor
    }

    fn is_at_end(&self) -> bool {
        self.text.is_empty()
    }

    fn peek(&self) -> Option<u8> {
        self.text.bytes().next()
    }

    /// Everything before the first byte that does not fit.
    fn run(&mut self, fits: fn(u8) -> bool) -> &'a str {
        let run = crate::ascii::until(self.text, |byte| !fits(byte));
        self.text = self.text.get(run.len()..).unwrap_or("");
        run
    }

    fn takes(&mut self, sign: u8) -> bool {
        let found = self.peek() == Some(sign);
        if found {
            self.text = self.text.get(1..).unwrap_or("");
        }
        found
    }

    fn spaces(&mut self) {
        self.run(|byte| byte == b' ');
    }

    /// The end, or a comma with another member behind it.
    fn comma(&mut self) -> Option<()> {
        self.run(|byte| matches!(byte, b' ' | b'\t'));
        if self.is_at_end() {
            return Some(());
        }
        let comma = self.takes(b',');
        self.run(|byte| matches!(byte, b' ' | b'\t'));
        (comma && !self.is_at_end()).then_some(())
    }

    /// §4.2.5
    fn string(&mut self) -> Option<Box<str>> {
        let mut string = String::new();
        if !self.takes(b'"') {
            return None;
        }
        loop {
            string.push_str(
                self.run(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')),
            );
            if self.takes(b'"') {
                return Some(string.into());
            }
            if !self.takes(b'\\') {
                return None;
            }
            let escaped = self.peek().filter(|sign| matches!(sign, b'"' | b'\\'))?;
            string.push(char::from(escaped));
            self.takes(escaped);
        }
    }

    /// §4.2.3.3
    fn key(&mut self) -> Option<&'a str> {
        self.peek()
            .filter(|sign| sign.is_ascii_lowercase() || *sign == b'*')?;
        Some(self.run(|sign| {
            sign.is_ascii_lowercase()
                || sign.is_ascii_digit()
                || matches!(sign, b'_' | b'-' | b'.' | b'*')
        }))
    }

    /// §4.2.8
    fn boolean(&mut self) -> Option<bool> {
        if !self.takes(b'?') {
            return None;
        }
        let value = self.takes(b'1');
        (value || self.takes(b'0')).then_some(value)
    }

    /// §4.2.1.2, behind its parenthesis.
    fn inner_list(&mut self) -> Option<Vec<Box<str>>> {
        let mut strings = Vec::new();
        loop {
            self.spaces();
            if self.takes(b')') {
                return Some(strings);
            }
            strings.push(self.string()?);
            self.parameters()?;
            self.peek().filter(|sign| matches!(sign, b' ' | b')'))?;
        }
    }

    /// §4.2.3.2: `;key=value`, of which nothing is used. Numbers, tokens, byte sequences and dates are not told apart.
    fn parameters(&mut self) -> Option<()> {
        while self.takes(b';') {
            self.spaces();
            self.key()?;
            if !self.takes(b'=') {
                continue;
            }
            if self.peek()? == b'"' {
                self.string()?;
            } else if self.run(is_bare).is_empty() {
                return None;
            }
        }
        Some(())
    }
}

fn is_bare(sign: u8) -> bool {
    matches!(sign, b'!'..=b'~') && !matches!(sign, b'"' | b'(' | b')' | b',' | b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> Option<Vec<String>> {
        Some(strings(field)?.into_iter().map(String::from).collect())
    }

    #[test]
    fn lists_of_strings() {
        assert_eq!(
            read(r#" "a", "b c";x;y="z";n=-1.5 ,	"d\"\\" "#),
            Some(vec!["a".into(), "b c".into(), "d\"\\".into()])
        );
        assert_eq!(read(""), Some(vec![]));
        assert_eq!(read(r#""""#), Some(vec!["".into()]));
    }

    #[test]
    fn what_fails_a_list() {
        for field in [
            "a",
            "\"a\", b",
            "\"a",
            "\"a\" \"b\"",
            "\"a\",",
            ",\"a\"",
            "\"a\\n\"",
            "\"ä\"",
            "\"a\tb\"",
            "\"a\";",
            "\"a\";X",
            "\"a\";x=",
            "(\"a\")",
            "'a'",
        ] {
            assert_eq!(read(field), None, "{field}");
        }
    }

    #[test]
    fn dictionaries() {
        let list = |strings: &[&str]| Err(strings.iter().map(|text| (*text).into()).collect());
        assert_eq!(
            dictionary("a, b=?0;x=1, a=?1"),
            Some(vec![("a", Ok(true)), ("b", Ok(false)), ("a", Ok(true))])
        );
        assert_eq!(
            dictionary(r#"p=( "a"  "b";q )"#),
            Some(vec![("p", list(&["a", "b"]))])
        );
        assert_eq!(dictionary("*k.1_-=()"), Some(vec![("*k.1_-", list(&[]))]));
        for field in [
            "A",
            "a=",
            "a=1",
            "a=b",
            "a=(b)",
            "a=(\"b\"\"c\")",
            "a=(\"b\"",
            "a,",
            "1",
        ] {
            assert_eq!(dictionary(field), None, "{field}");
        }
    }
}
