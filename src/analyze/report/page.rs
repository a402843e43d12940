//! The report as one HTML file: no scripts, nothing loaded from elsewhere, and its pictures are in it.

use super::text::one_line;
use super::{Report, endpoints};
use std::fmt::Write;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:light-dark(#1b2733,#e6edf3);--soft:light-dark(#5b6b7a,#9aa7b4);--line:light-dark(#d5dde5,#2d3742);--one:light-dark(#9fb3c8,#4a5d70);--two:light-dark(#0b6e8f,#43b3d6)}\
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);max-width:64rem;margin:2rem auto;padding:0 1rem}\
h2{margin-top:2.5rem}code{font-size:.9em}.soft{color:var(--soft)}table{border-collapse:collapse}td,th{padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top}\
svg{max-width:100%;height:auto}svg text{font:13px system-ui,sans-serif;fill:var(--ink)}svg .soft{fill:var(--soft)}.before{fill:var(--one)}.after{fill:var(--two)}.grid{stroke:var(--line)}";

/// Height of a row in the pictures.
const ROW: usize = 26;

impl Report<'_> {
    /// The file's text.
    pub(crate) fn html(&self) -> String {
        let mut page = String::from(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">",
        );
        let _ = write!(
            page,
            "<title>What the page asks for</title><style>{STYLE}</style>\n<h1>What the page asks for</h1>"
        );
        let _ = write!(
            page,
            "<p>{} apps, {} queries, {} other requests, {} routes. Counted from the sources; what happens behind a click is not in it.</p>",
            self.fragments.len(),
            self.manifest.operations.len(),
            self.manifest.requests.len(),
            self.routes.len()
        );
        page += &self.routes_part();
        page += &self.apps_part();
        page += &self.overlaps_part();
        page += &self.endpoints_part();
        page += &self.unread_part();
        page.push_str("</html>\n");
        page
    }

    /// Two bars for each route: calls of each app by itself, and through Forebay.
    fn routes_part(&self) -> String {
        let mut part = String::from("\n<h2>Calls when a route begins</h2>");
        if self.routes.is_empty() {
            return part + "<p>No route is declared that asks for anything.</p>";
        }
        let most = self
            .routes
            .iter()
            .map(|route| route.before)
            .max()
            .unwrap_or(1);
        let width = |calls: usize| 420 * calls / most.max(1);
        let height = self.routes.len() * 2 * ROW;
        let _ = write!(
            part,
            "<p class=\"soft\">Pale: each app by itself. Dark: with Forebay, at most.</p><svg viewBox=\"0 0 720 {height}\" width=\"720\" role=\"img\" aria-label=\"Calls for each route\">"
        );
        for (number, route) in self.routes.iter().enumerate() {
            let top = number * 2 * ROW;
            let _ = write!(
                part,
                "<text x=\"0\" y=\"{}\">{}</text>",
                top + 24,
                escaped(&shortened(route.pattern, 30))
            );
            for (class, calls, y) in [
                ("before", route.before, top + 6),
                ("after", route.after, top + 24),
            ] {
                let _ = write!(
                    part,
                    "<rect class=\"{class}\" x=\"240\" y=\"{y}\" width=\"{}\" height=\"14\" rx=\"2\"/><text class=\"soft\" x=\"{}\" y=\"{}\">{calls}</text>",
                    width(calls),
                    248 + width(calls),
                    y + 12
                );
            }
        }
        part += "</svg>";
        for route in &self.routes {
            let _ = write!(
                part,
                "<details><summary><code>{}</code> <span class=\"soft\">{}</span></summary><ul>",
                escaped(route.pattern),
                escaped(&self.place(route.app, route.at))
            );
            for ask in self.asks(route) {
                let _ = write!(part, "<li>{}</li>", escaped(&ask));
            }
            part += "</ul></details>";
        }
        part
    }

    /// Which app asks about what: a point for each.
    fn apps_part(&self) -> String {
        let mut part = String::from("\n<h2>Who asks about what</h2>");
        let asked = self.asked();
        if asked.is_empty() {
            return part + "<p>Nobody asks for anything.</p>";
        }
        let (left, column) = (300, 44);
        let (width, top) = (left + column * self.fragments.len() + 120, 120);
        let height = top + asked.len() * ROW;
        let _ = write!(
            part,
            "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" aria-label=\"Apps and what they ask about\">"
        );
        for (app, fragment) in self.fragments.iter().enumerate() {
            let x = left + column * app + column / 2;
            let _ = write!(
                part,
                "<text transform=\"translate({x} {}) rotate(-40)\">{}</text><line class=\"grid\" x1=\"{x}\" x2=\"{x}\" y1=\"{top}\" y2=\"{height}\"/>",
                top - 8,
                escaped(&fragment.app.name)
            );
        }
        for (row, (about, apps)) in asked.iter().enumerate() {
            let y = top + row * ROW + ROW / 2;
            let _ = write!(
                part,
                "<text x=\"0\" y=\"{}\">{}</text><line class=\"grid\" x1=\"{left}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>",
                y + 4,
                escaped(&shortened(about, 40)),
                width - 120
            );
            let class = if apps.len() > 1 { "after" } else { "before" };
            for app in apps {
                let _ = write!(
                    part,
                    "<circle class=\"{class}\" cx=\"{}\" cy=\"{y}\" r=\"7\"/>",
                    left + column * app + column / 2
                );
            }
        }
        part + "</svg>"
    }

    fn overlaps_part(&self) -> String {
        let mut part = String::from("\n<h2>Asked for by several</h2>");
        if self.overlaps.is_empty() {
            return part + "<p>No query means the same as another, or holds its answer.</p>";
        }
        for overlap in &self.overlaps {
            let _ = write!(
                part,
                "<p><code>{}</code></p><table>",
                escaped(&one_line(
                    &self.manifest.operations[overlap.same[0]].document
                ))
            );
            let same = overlap.same.iter().map(|at| ("the same", at));
            for (how, &at) in same.chain(overlap.parts.iter().map(|at| ("a part of it", at))) {
                let query = &self.manifest.operations[at];
                for (app, place) in self.sent(query) {
                    let _ = write!(
                        part,
                        "<tr><td>{how}<td>{}<td><code>{}</code>",
                        escaped(&query.name),
                        escaped(&self.place(app, place))
                    );
                }
            }
            part += "</table>";
        }
        part
    }

    fn endpoints_part(&self) -> String {
        let mut part = String::from("\n<h2>Endpoints</h2>");
        if self.shared.is_empty() && self.alike.is_empty() {
            return part + "<p>No endpoint is called from two places.</p>";
        }
        let list = |part: &mut String, at: usize| {
            let request = &self.manifest.requests[at];
            let _ = write!(
                part,
                "<p><code>{} {}</code></p><ul>",
                escaped(&request.method),
                escaped(&request.url.shown())
            );
            for (app, place) in endpoints::sent(&self.fragments, request) {
                let _ = write!(
                    part,
                    "<li><code>{}</code></li>",
                    escaped(&self.place(app, place))
                );
            }
            *part += "</ul>";
        };
        for &at in &self.shared {
            list(&mut part, at);
        }
        if !self.alike.is_empty() {
            part += "<h3>Different only in spelling</h3>";
        }
        for alike in &self.alike {
            alike.requests.iter().for_each(|&at| list(&mut part, at));
            for (what, help) in &alike.because {
                let _ = write!(
                    part,
                    "<p>They differ in {}: {}.</p>",
                    escaped(what),
                    escaped(help)
                );
            }
        }
        part
    }

    fn unread_part(&self) -> String {
        let mut part = String::from("\n<h2>Fetched for nothing</h2>");
        if self.unread.is_empty() {
            return part + "<p>No field is known that nothing reads.</p>";
        }
        part += "<table>";
        for field in &self.unread {
            let _ = write!(
                part,
                "<tr><td><code>{}</code><td>{}<td><code>{}</code>",
                escaped(field.path),
                escaped(field.operation),
                escaped(&self.place(field.app, field.at))
            );
        }
        part + "</table>"
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn shortened(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}
