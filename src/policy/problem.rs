//! What is wrong with a text, where, and what to do about it.

use super::compile::Source;
use cedar_policy_core::parser::Loc;
use miette::Diagnostic;
use std::fmt::{self, Display};
use std::ops::Range;

/// Something that is wrong with policies or their schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The file.
    pub file: String,
    /// Line and column, from 1; `None` where the whole file is meant.
    pub place: Option<(usize, usize)>,
    excerpt: String,
}

impl Problem {
    pub(super) fn new(source: &Source, at: Option<Range<usize>>, message: impl Display) -> Problem {
        let at = at.filter(|at| source.text.get(at.clone()).is_some());
        Problem {
            message: message.to_string(),
            help: None,
            file: source.name.to_owned(),
            place: at.as_ref().map(|at| place(source.text, at.start)),
            excerpt: at.map_or_else(String::new, |at| excerpt(source.text, at)),
        }
    }

    pub(super) fn help(mut self, help: impl Display) -> Problem {
        self.help = Some(help.to_string());
        self
    }

    /// One of Cedar's own.
    pub(super) fn of_cedar(source: &Source, diagnostic: &dyn Diagnostic) -> Problem {
        let label = diagnostic.labels().and_then(|mut labels| labels.next());
        let at = label
            .as_ref()
            .map(|label| label.offset()..label.offset() + label.len());
        let mut message = diagnostic.to_string();
        if let Some(label) = label.as_ref().and_then(|label| label.label()) {
            message = format!("{message}: {label}");
        }
        let problem = Problem::new(source, at, message);
        match diagnostic.help() {
            Some(help) => problem.help(help),
            None => problem,
        }
    }
}

/// Where something stands in its text.
pub(super) fn range(at: Option<&Loc>) -> Option<Range<usize>> {
    at.map(|at| at.start()..at.end())
}

fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before[start..].chars().count() + 1)
}

/// The line in which it begins, with the part in question underlined.
fn excerpt(text: &str, at: Range<usize>) -> String {
    let (line, column) = place(text, at.start);
    let content = text.lines().nth(line - 1).unwrap_or("");
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let length = text[at].lines().next().unwrap_or("").chars().count().max(1);
    // A tab takes as much space under the line as in it.
    let indent: String = content
        .chars()
        .take(column - 1)
        .map(|sign| if sign == '\t' { '\t' } else { ' ' })
        .collect();
    let marks = "^".repeat(length);
    format!("{margin} |\n{number} | {content}\n{margin} | {indent}{marks}\n")
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.message)?;
        match self.place {
            Some((line, column)) => writeln!(f, "  --> {}:{line}:{column}", self.file)?,
            None => writeln!(f, "  --> {}", self.file)?,
        }
        f.write_str(&self.excerpt)?;
        match &self.help {
            Some(help) => writeln!(f, "  = help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}
