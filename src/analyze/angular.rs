//! Angular's components: what their templates read, call and show.

use super::graph::Number;
use super::syntax::{Id, words};
use rustc_hash::FxHashMap as HashMap;

/// A class with `@Component`.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) class: Id,
    /// `app-visit`; empty if it is only shown by routes.
    pub(super) selector: Box<str>,
    pub(super) template: Option<Template>,
}

#[derive(Debug)]
pub(super) enum Template {
    Inline(Read),
    /// `templateUrl`.
    File(Box<str>),
}

/// What is needed of a template.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Read {
    /// Names that it could read: in expressions and in attributes, not in what people read.
    pub(super) words: Vec<Box<str>>,
    /// Elements with a dash: other components.
    pub(super) elements: Vec<Box<str>>,
    /// Methods that its events alone call.
    pub(super) handlers: Vec<Box<str>>,
}

/// By the component's class and item: those that its template shows.
pub(super) type Shows = HashMap<(Number, Id), Vec<(Number, Id)>>;

impl Read {
    pub(super) fn of(template: &str) -> Read {
        let mut read = Read::default();
        let mut called_elsewhere: Vec<Box<str>> = Vec::new();
        let mut at = 0;
        let add = |text: &str, to: &mut Vec<Box<str>>| to.extend(words(text).map(Box::from));
        while let Some(rest) = template.get(at..).filter(|rest| !rest.is_empty()) {
            let end_of = |end: &str| rest.find(end).map_or(rest.len(), |more| more + end.len());
            if rest.starts_with("<!--") {
                at += end_of("-->");
            } else if rest.starts_with("{{") {
                let end = end_of("}}");
                add(&rest[..end], &mut called_elsewhere);
                at += end;
            } else if rest.starts_with('@') {
                // `@if (visit.open) {`; a sign in a text harms nothing.
                let end = end_of("{").min(end_of("<"));
                add(&rest[..end], &mut called_elsewhere);
                at += end.saturating_sub(1).max(1);
            } else if rest.starts_with('<')
                && rest[1..].starts_with(|sign: char| sign.is_ascii_alphabetic())
            {
                let end = super::blocks::tag_end(rest, 0).unwrap_or(rest.len());
                let tag = &rest[1..end];
                let name = tag
                    .split(|sign: char| sign.is_whitespace() || sign == '>' || sign == '/')
                    .next()
                    .unwrap_or("");
                if name.contains('-') {
                    read.elements.push(name.into());
                }
                for (name, value) in attributes(&tag[name.len()..]) {
                    match name.starts_with('(') || name.starts_with("on-") {
                        true => add(value, &mut read.handlers),
                        false => add(value, &mut called_elsewhere),
                    }
                }
                at += end;
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        read.words = [&called_elsewhere[..], &read.handlers[..]].concat();
        read.handlers
            .retain(|name| !called_elsewhere.contains(name));
        for list in [&mut read.words, &mut read.elements, &mut read.handlers] {
            list.sort();
            list.dedup();
        }
        read
    }
}

/// Names and values between a tag's name and its end.
fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = tag;
    std::iter::from_fn(move || {
        let equals = rest.find('=')?;
        let name = rest[..equals].rsplit(char::is_whitespace).next()?;
        let value = rest[equals + 1..].trim_start();
        let quote = value
            .chars()
            .next()
            .filter(|sign| matches!(sign, '"' | '\''));
        let (value, end) = match quote {
            Some(quote) => value[1..].split_once(quote)?,
            None => value.split_once(char::is_whitespace).unwrap_or((value, "")),
        };
        rest = end;
        Some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::Read;

    #[test]
    fn a_template_reads_expressions_and_no_prose() {
        let read = Read::of(
            r#"<!-- secret --><h1 class="big">Title of {{ visit.name | upper }}</h1>
@if (visit.open) { <app-note [note]="visit.note" label='plain' (saved)="reload($event); log(1)"></app-note> }
<button (click)="remove()" [disabled]="log(2)">Remove é</button>"#,
        );
        let texts = |list: &[Box<str>]| list.iter().map(|one| one.to_string()).collect::<Vec<_>>();
        let words = texts(&read.words);
        for word in ["visit", "name", "open", "note", "plain", "reload", "remove"] {
            assert!(words.contains(&word.to_owned()), "{word} of {words:?}");
        }
        for word in ["Title", "of", "Remove", "secret", "h1", "button"] {
            assert!(!words.contains(&word.to_owned()), "{word} of {words:?}");
        }
        assert_eq!(texts(&read.elements), ["app-note"]);
        let handlers = texts(&read.handlers);
        assert!(handlers.contains(&"reload".into()) && handlers.contains(&"remove".into()));
        assert!(!handlers.contains(&"log".into()));
    }
}
