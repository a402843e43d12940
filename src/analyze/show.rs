//! Remarks as a person reads them: what, where, the lines around it, and what to do.

use super::asks::Remark;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity,
    SourceCode, SourceSpan,
};
use std::fmt;

struct Shown<'r> {
    remark: &'r Remark,
    source: Option<(NamedSource<String>, SourceSpan)>,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.remark.message)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.remark.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(if self.remark.is_error {
            Severity::Error
        } else {
            Severity::Warning
        })
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        Some(Box::new(&self.remark.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source
            .as_ref()
            .map(|(source, _)| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (_, span) = self.source.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(
            None, *span,
        ))))
    }
}

/// A remark with its lines, if the file's text is at hand.
pub(super) fn remark(remark: &Remark, text: Option<&str>) -> String {
    let source = text.map(|text| {
        let at = offset(text, remark.at.line, remark.at.column);
        (
            NamedSource::new(&remark.at.file, text.to_owned()),
            SourceSpan::new(at.into(), remark.length as usize),
        )
    });
    let shown = Shown { remark, source };
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_context_lines(1)
        .with_width(110);
    if handler.render_report(&mut out, &shown).is_err() {
        out = format!(
            "{}:{}:{}: {}",
            remark.at.file, remark.at.line, remark.at.column, remark.message
        );
    }
    out
}

fn offset(text: &str, line: u32, column: u32) -> usize {
    let start = match line {
        0 | 1 => 0,
        line => text
            .match_indices('\n')
            .nth(line as usize - 2)
            .map_or(text.len(), |(at, _)| at + 1),
    };
    let rest = &text[start..];
    start
        + rest
            .char_indices()
            .nth(column.saturating_sub(1) as usize)
            .map_or(0, |(at, _)| at)
}
