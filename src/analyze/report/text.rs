//! The report for a terminal.

use super::{Report, called, endpoints};
use crate::analyze::fragment::Place;

/// How many of a long list are named.
const MOST: usize = 20;

impl Report<'_> {
    /// Line by line.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.say_overlaps(&mut lines);
        self.say_requests(&mut lines);
        self.say_routes(&mut lines);
        self.say_unread(&mut lines);
        lines
    }

    fn say_overlaps(&self, lines: &mut Vec<String>) {
        heading(lines, "asked for by several", self.overlaps.len());
        for overlap in self.overlaps.iter().take(MOST) {
            let query = |at: usize| &self.manifest.operations[at];
            lines.push(format!("  {}", one_line(&query(overlap.same[0]).document)));
            let same = overlap.same.iter().map(|at| ("the same", at));
            let parts = overlap.parts.iter().map(|at| ("a part of it", at));
            for (how, &at) in same.chain(parts) {
                for (app, place) in self.sent(query(at)) {
                    let name = match &*query(at).name {
                        "" => "(no name)",
                        name => name,
                    };
                    lines.push(format!("    {how:<13} {name}  {}", self.place(app, place)));
                }
            }
        }
        more(lines, self.overlaps.len());
    }

    fn say_requests(&self, lines: &mut Vec<String>) {
        heading(lines, "endpoints that several call", self.shared.len());
        for &at in self.shared.iter().take(MOST) {
            let request = &self.manifest.requests[at];
            lines.push(format!("  {} {}", request.method, request.url.shown()));
            for (app, place) in endpoints::sent(&self.fragments, request) {
                lines.push(format!("    {}", self.place(app, place)));
            }
        }
        more(lines, self.shared.len());
        heading(
            lines,
            "endpoints that differ only in spelling",
            self.alike.len(),
        );
        for alike in self.alike.iter().take(MOST) {
            for &at in &alike.requests {
                let request = &self.manifest.requests[at];
                lines.push(format!("  {} {}", request.method, request.url.shown()));
                for (app, place) in endpoints::sent(&self.fragments, request) {
                    lines.push(format!("    {}", self.place(app, place)));
                }
            }
            for (what, help) in &alike.because {
                lines.push(format!("    differ in {what}: {help}"));
            }
        }
        more(lines, self.alike.len());
    }

    fn say_routes(&self, lines: &mut Vec<String>) {
        heading(lines, "calls when a route begins", self.routes.len());
        for route in &self.routes {
            lines.push(format!(
                "  {:<32} {:>3} each by itself, {:>3} at most with Forebay",
                route.pattern, route.before, route.after
            ));
        }
    }

    fn say_unread(&self, lines: &mut Vec<String>) {
        heading(lines, "fields that nothing reads", self.unread.len());
        for field in self.unread.iter().take(MOST) {
            lines.push(format!(
                "  {} of {}  {}",
                field.path,
                field.operation,
                self.place(field.app, field.at)
            ));
        }
        more(lines, self.unread.len());
    }

    /// `profile/src/data.js:4`.
    pub(crate) fn place(&self, app: usize, at: &Place) -> String {
        format!("{}/{}:{}", self.fragments[app].app.name, at.file, at.line)
    }

    /// What a route asks for, each with its app and place.
    pub(crate) fn asks(&self, route: &super::Cost) -> Vec<String> {
        let ask = |told: &crate::analyze::link::routes::Told| {
            let name = called(self.fragments[told.app], told.ask.what);
            format!("{name}  {}", self.place(told.app, &told.ask.at))
        };
        route.asks.iter().map(ask).collect()
    }
}

fn heading(lines: &mut Vec<String>, what: &str, count: usize) {
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(format!("{what}: {count}"));
}

fn more(lines: &mut Vec<String>, count: usize) {
    if count > MOST {
        lines.push(format!("  … and {} more: --html has all", count - MOST));
    }
}

/// A document without its line breaks.
pub(crate) fn one_line(document: &str) -> String {
    document.split_whitespace().collect::<Vec<_>>().join(" ")
}
