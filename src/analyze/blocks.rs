//! Single-file components of Vue and Svelte, as one piece of code: their scripts where they stand, and behind them what
//! their templates evaluate. No crate reads both; the languages' own compilers are JavaScript.

/// A component as code.
pub(super) struct Made {
    pub(super) code: String,
    /// Where pieces begin in the code, and where in the file.
    pub(super) pieces: Vec<(u32, u32)>,
    pub(super) is_typescript: bool,
}

/// The scripts alone, all else blank.
pub(super) fn script(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut end = 0;
    for block in blocks(text) {
        if block.name == "script" {
            blank(&text[end..block.start], &mut code);
            code.push_str(&text[block.start..block.end]);
            end = block.end;
        }
    }
    blank(&text[end..], &mut code);
    code
}

pub(super) fn code(text: &str, is_svelte: bool) -> Made {
    let mut code = script(text);
    let blocks = blocks(text);
    let is_typescript = blocks.iter().any(|block| {
        block.name == "script"
            && ["lang=\"ts\"", "lang='ts'", "lang=\"tsx\"", "lang=ts"]
                .iter()
                .any(|lang| block.tag.contains(lang))
    });
    let mut maker = Maker {
        text,
        code: String::from("\n;(() => {"),
        base: code.len() as u32,
        pieces: vec![(0, 0)],
        open: Vec::new(),
        is_svelte,
    };
    if is_svelte {
        let mut start = 0;
        for block in blocks
            .iter()
            .filter(|block| matches!(block.name, "script" | "style"))
        {
            maker.markup(start, block.outer.0);
            start = block.outer.1;
        }
        maker.markup(start, text.len());
    } else if let Some(template) = blocks
        .iter()
        .find(|block| block.name == "template" && !block.tag.contains("lang=\"pug\""))
    {
        maker.markup(template.start, template.end);
    }
    while let Some((_, close)) = maker.open.pop() {
        maker.code.push_str(close);
    }
    maker.code.push_str("})();");
    code.push_str(&maker.code);
    Made {
        code,
        pieces: maker.pieces,
        is_typescript,
    }
}

struct Block<'t> {
    name: &'t str,
    tag: &'t str,
    start: usize,
    end: usize,
    outer: (usize, usize),
}

/// The top-level blocks. One ends with its last closing tag for a template, which may hold others, and its first else.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|more| at + more) {
        if text[open..].starts_with("<!--") {
            at = text[open..]
                .find("-->")
                .map_or(text.len(), |end| open + end + 3);
            continue;
        }
        let name = ["script", "template", "style"].into_iter().find(|name| {
            text[open + 1..].strip_prefix(name).is_some_and(|rest| {
                rest.starts_with(|sign: char| sign == '>' || sign.is_whitespace())
            })
        });
        let Some(name) = name else {
            at = open + 1;
            continue;
        };
        let Some(start) = tag_end(text, open) else {
            break;
        };
        let closing = format!("</{name}");
        let rest = &text[start..];
        let end = if name == "template" {
            closing_of(rest, name)
        } else {
            rest.find(&closing)
        };
        let Some(end) = end.map(|end| start + end) else {
            break;
        };
        let outer = text[end..]
            .find('>')
            .map_or(text.len(), |more| end + more + 1);
        found.push(Block {
            name,
            tag: &text[open..start],
            start,
            end,
            outer: (open, outer),
        });
        at = outer;
    }
    found
}

/// Where the tag that begins here ends: behind its `>`, outside of quotes and braces.
pub(super) fn tag_end(text: &str, open: usize) -> Option<usize> {
    let (mut quote, mut depth) = (0u8, 0u32);
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            _ if quote > 0 => quote = if byte == quote { 0 } else { quote },
            b'"' | b'\'' | b'`' => quote = byte,
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'>' if depth == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Where the element that is open here is closed, however many of its name are within.
fn closing_of(text: &str, name: &str) -> Option<usize> {
    let (opening, closing) = (format!("<{name}"), format!("</{name}"));
    let (mut at, mut depth) = (0, 1);
    loop {
        let next = at + text[at..].find('<')?;
        if text[next..].starts_with(&closing) {
            depth -= 1;
            if depth == 0 {
                return Some(next);
            }
        } else if text[next..].starts_with(&opening) {
            let end = tag_end(text, next)?;
            depth += usize::from(!text[..end].ends_with("/>"));
        }
        at = next + 1;
    }
}

fn blank(text: &str, out: &mut String) {
    out.extend(
        text.bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
    );
}

struct Maker<'t> {
    text: &'t str,
    code: String,
    /// How long what is before the code is.
    base: u32,
    pieces: Vec<(u32, u32)>,
    /// Elements that are open, and what closes their code.
    open: Vec<(&'t str, &'static str)>,
    is_svelte: bool,
}

const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

impl<'t> Maker<'t> {
    /// Writes a part of the file.
    fn piece(&mut self, start: usize, end: usize) {
        self.pieces
            .push((self.base + self.code.len() as u32, start as u32));
        self.code.push_str(&self.text[start..end]);
    }

    fn wrapped(&mut self, before: &str, start: usize, end: usize, after: &str) {
        self.code.push_str(before);
        self.piece(start, end);
        self.code.push_str(after);
    }

    fn markup(&mut self, mut at: usize, end: usize) {
        let text = self.text;
        while at < end {
            let rest = &text[at..end];
            if rest.starts_with("<!--") {
                at = rest.find("-->").map_or(end, |more| at + more + 3);
            } else if rest.starts_with("</") {
                let close = rest.find('>').map_or(end, |more| at + more);
                self.close(text[at + 2..close].trim());
                at = close + 1;
            } else if rest.starts_with('<')
                && rest[1..].starts_with(|sign: char| sign.is_ascii_alphabetic())
            {
                let Some(close) = tag_end(text, at).filter(|close| *close <= end) else {
                    return;
                };
                self.element(at + 1, close - 1);
                at = close;
            } else if !self.is_svelte && rest.starts_with("{{") {
                let close = rest.find("}}").map_or(end, |more| at + more);
                if at + 2 < close {
                    self.wrapped("(", at + 2, close, ");");
                }
                at = close + 2;
            } else if self.is_svelte && rest.starts_with('{') {
                let close = brace_end(text, at).min(end);
                self.svelte(at + 1, close);
                at = close + 1;
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
    }

    fn close(&mut self, name: &str) {
        let Some(place) = self.open.iter().rposition(|(open, _)| *open == name) else {
            return;
        };
        while self.open.len() > place {
            if let Some((_, close)) = self.open.pop() {
                self.code.push_str(close);
            }
        }
    }

    /// `{…}` in Svelte's markup, without its braces.
    fn svelte(&mut self, start: usize, end: usize) {
        let inner = &self.text[start..end];
        let behind = |word: &str| start + word.len();
        if inner.starts_with("#each ") {
            let (from, mut to) = (behind("#each "), end);
            let Some(as_) = inner.rfind(" as ").map(|more| start + more) else {
                return;
            };
            // A key in brackets at the end.
            let mut key = None;
            if self.text[..end].trim_end().ends_with(')')
                && let Some(open) = self.text[as_..end].rfind('(')
            {
                key = Some((as_ + open, end));
                to = as_ + open;
            }
            self.wrapped("(", from, as_, ").map((");
            self.piece(as_ + 4, to);
            self.code.push_str(") => {");
            if let Some((from, to)) = key {
                self.wrapped("", from, to, ";");
            }
            self.open.push(("#each", "});"));
        } else if inner.starts_with("#if ") {
            self.wrapped("if (", behind("#if "), end, ") {");
            self.open.push(("#if", "}"));
        } else if inner.starts_with(":else if ") {
            self.wrapped("} else if (", behind(":else if "), end, ") {");
        } else if inner.starts_with(":else") {
            match self.open.last() {
                Some(("#if", _)) => self.code.push_str("} else {"),
                _ => {
                    self.close("#each");
                    self.code.push('{');
                    self.open.push(("#each", "}"));
                }
            }
        } else if inner.starts_with("#await ") {
            let then = inner.find(" then");
            let to = then.map_or(end, |more| start + more);
            self.wrapped("(", behind("#await "), to, ").then((");
            if let Some(then) = then {
                self.piece(start + then + 5, end);
                self.code.push_str(") => {");
            } else {
                // Its value's name comes with `:then`.
                self.code.push_str("__value) => {");
            }
            self.open.push(("#await", "});"));
        } else if inner.starts_with(":then") {
            self.code.push_str("((");
            self.piece(behind(":then"), end);
            self.code.push_str(") => {})(__value);{");
            if let Some(last) = self.open.last_mut() {
                last.1 = "}});";
            }
        } else if inner.starts_with(":catch") {
            self.code.push_str("});((");
            self.piece(behind(":catch"), end);
            self.code.push_str(") => {");
            if let Some(last) = self.open.last_mut() {
                last.1 = "});";
            }
        } else if inner.starts_with("#key ") {
            self.wrapped("(", behind("#key "), end, ");{");
            self.open.push(("#key", "}"));
        } else if inner.starts_with("#snippet ") {
            self.wrapped("function ", behind("#snippet "), end, " {");
            self.open.push(("#snippet", "}"));
        } else if let Some(name) = inner.strip_prefix('/') {
            let name = match name.trim() {
                "each" => "#each",
                "if" => "#if",
                "await" => "#await",
                "key" => "#key",
                _ => "#snippet",
            };
            self.close(name);
        } else if inner.starts_with("@const ") {
            self.wrapped("const ", behind("@const "), end, ";");
        } else if let Some(space) = inner.find(' ').filter(|_| inner.starts_with('@')) {
            self.wrapped("(", start + space, end, ");");
        } else if !inner.trim().is_empty() {
            self.wrapped("(", start, end, ");");
        }
    }

    /// A start tag, without its angles.
    fn element(&mut self, start: usize, end: usize) {
        let text = self.text;
        let inner = &text[start..end];
        let name_end = inner
            .find(|sign: char| sign.is_whitespace() || sign == '/')
            .map_or(end, |more| start + more);
        let name = &text[start..name_end];
        let closes_itself = inner.ends_with('/') || VOID.contains(&name);
        let attributes = attributes(text, name_end, end - usize::from(inner.ends_with('/')));
        let mut closing = "";
        if !self.is_svelte {
            closing = self.vue_structure(&attributes);
        }
        let is_component = name.contains(|sign: char| sign.is_ascii_uppercase())
            || (name.contains('-') && !self.is_svelte);
        if is_component {
            self.code.push_str("__element(");
            self.pieces
                .push((self.base + self.code.len() as u32, start as u32));
            self.code.push_str(&pascal(name));
            self.code.push_str(",{");
        }
        let mut events = Vec::new();
        for attribute in &attributes {
            let Attribute { name, start, end } = *attribute;
            if start == end {
                continue;
            }
            if self.is_svelte {
                self.svelte_attribute(name, start, end, is_component, &mut events);
            } else {
                self.vue_attribute(name, start, end, is_component, &mut events);
            }
        }
        if is_component {
            self.code.push_str("});");
        }
        for (start, end) in events {
            self.wrapped("__on(() => {", start, end, "});");
        }
        if closes_itself {
            self.code.push_str(closing);
        } else {
            self.open.push((name, closing));
        }
    }

    /// What a Vue element's directives open; what closes it.
    fn vue_structure(&mut self, attributes: &[Attribute]) -> &'static str {
        let mut closing = "";
        for Attribute { name, start, end } in attributes {
            let value = &self.text[*start..*end];
            if *name == "v-for" {
                let (split, skip) = match value.find(" in ") {
                    Some(at) => (at, 4),
                    None => (value.find(" of ").unwrap_or(value.len()), 4),
                };
                if split == value.len() {
                    continue;
                }
                self.wrapped("(", start + split + skip, *end, ").map((");
                let pattern = value[..split].trim();
                let from = start + value[..split].find(pattern).unwrap_or(0);
                let (from, to) = match pattern.starts_with('(') && pattern.ends_with(')') {
                    true => (from + 1, from + pattern.len() - 1),
                    false => (from, from + pattern.len()),
                };
                self.piece(from, to);
                self.code.push_str(") => {");
                closing = "});";
            }
        }
        for Attribute { name, start, end } in attributes {
            if (name.starts_with('#') || name.starts_with("v-slot")) && start < end {
                self.wrapped("__slot((", *start, *end, ") => {");
                closing = if closing.is_empty() { "});" } else { "});});" };
            }
        }
        closing
    }

    fn vue_attribute(
        &mut self,
        name: &str,
        start: usize,
        end: usize,
        is_component: bool,
        events: &mut Vec<(usize, usize)>,
    ) {
        if name == "v-for" || name.starts_with('#') || name.starts_with("v-slot") {
            return;
        }
        if name.starts_with('@') || name.starts_with("v-on:") {
            return events.push((start, end));
        }
        let bound = name
            .strip_prefix(':')
            .or_else(|| name.strip_prefix("v-bind:"));
        match (bound, is_component) {
            (Some(bound), true) => {
                self.code.push_str(&format!("\"{}\":(", camel(bound)));
                self.piece(start, end);
                self.code.push_str("),");
            }
            (None, true) if name.starts_with("v-") => self.wrapped("...__use(", start, end, "),"),
            (None, true) => {
                let value = self.text[start..end].replace(['\n', '\r'], " ");
                self.code
                    .push_str(&format!("\"{}\":{value:?},", camel(name)));
            }
            (Some(_), false) => self.wrapped("(", start, end, ");"),
            (None, false) if name.starts_with("v-") => self.wrapped("(", start, end, ");"),
            (None, false) => {}
        }
    }

    fn svelte_attribute(
        &mut self,
        name: &str,
        start: usize,
        end: usize,
        is_component: bool,
        events: &mut Vec<(usize, usize)>,
    ) {
        let value = &self.text[start..end];
        let Some(open) = value.find('{') else {
            if is_component && !name.contains(':') {
                self.code.push_str(&format!(
                    "\"{name}\":{:?},",
                    value.replace(['\n', '\r'], " ")
                ));
            }
            return;
        };
        let from = start + open + 1;
        let to = brace_end(self.text, start + open).min(end);
        if name.starts_with("on") {
            return events.push((from, to));
        }
        let is_whole = open == 0 && to + 1 >= end;
        match (is_component, name.is_empty()) {
            (true, true) if self.text[from..to].trim_start().starts_with("...") => {
                self.wrapped("", from, to, ",")
            }
            (true, true) => {
                let shorthand = self.text[from..to].trim();
                self.code.push_str(&format!("\"{shorthand}\":("));
                self.piece(from, to);
                self.code.push_str("),");
            }
            (true, false) if is_whole => {
                let plain = name.rsplit(':').next().unwrap_or(name);
                self.code.push_str(&format!("\"{plain}\":("));
                self.piece(from, to);
                self.code.push_str("),");
            }
            (true, false) => self.wrapped("...__use(", from, to, "),"),
            (false, _) => {
                // An attribute may have several.
                let mut at = start;
                while let Some(open) = self.text[at..end].find('{').map(|more| at + more) {
                    let close = brace_end(self.text, open).min(end);
                    let from = open
                        + 1
                        + if self.text[open + 1..close].starts_with("...") {
                            3
                        } else {
                            0
                        };
                    if from < close {
                        self.wrapped("(", from, close, ");");
                    }
                    at = (close + 1).min(end);
                }
            }
        }
    }
}

/// An attribute's name, and where its value is. `{value}` has no name.
struct Attribute<'t> {
    name: &'t str,
    start: usize,
    end: usize,
}

fn attributes(text: &str, mut at: usize, end: usize) -> Vec<Attribute<'_>> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    while at < end {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if bytes[at] == b'{' {
            let close = (brace_end(text, at) + 1).min(end);
            found.push(Attribute {
                name: "",
                start: at,
                end: close,
            });
            at = close;
            continue;
        }
        let name_end = (at..end)
            .find(|at| bytes[*at] == b'=' || bytes[*at].is_ascii_whitespace())
            .unwrap_or(end);
        let name = &text[at..name_end];
        at = name_end;
        if at >= end || bytes[at] != b'=' {
            found.push(Attribute {
                name,
                start: at,
                end: at,
            });
            continue;
        }
        at += 1;
        let (start, stop, next) = match bytes.get(at) {
            Some(quote @ (b'"' | b'\'')) => {
                let close = (at + 1..end).find(|at| bytes[*at] == *quote).unwrap_or(end);
                (at + 1, close, close + 1)
            }
            Some(b'{') => {
                let close = (brace_end(text, at) + 1).min(end);
                (at, close, close)
            }
            _ => {
                let close = (at..end)
                    .find(|at| bytes[*at].is_ascii_whitespace())
                    .unwrap_or(end);
                (at, close, close)
            }
        };
        found.push(Attribute {
            name,
            start: start.min(end),
            end: stop.min(end),
        });
        at = next;
    }
    found
}

/// Where the brace that opens here is closed; strings are passed over.
fn brace_end(text: &str, open: usize) -> usize {
    let (mut depth, mut quote, mut escaped) = (0u32, 0u8, false);
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quote > 0 => escaped = true,
            _ if quote > 0 => quote = if byte == quote { 0 } else { quote },
            b'"' | b'\'' | b'`' => quote = byte,
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// `patient-card` as its component is called.
fn pascal(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut signs = word.chars();
        signs.next().map_or(String::new(), |first| {
            first.to_uppercase().chain(signs).collect()
        })
    });
    words.collect()
}

fn camel(name: &str) -> String {
    let name = name.split('.').next().unwrap_or(name);
    let pascal = pascal(name);
    match name.contains('-') {
        true => {
            let mut signs = pascal.chars();
            signs.next().map_or(String::new(), |first| {
                first.to_lowercase().chain(signs).collect()
            })
        }
        false => name.to_owned(),
    }
}
