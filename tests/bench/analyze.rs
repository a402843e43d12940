//! How long the analyzer takes over 5,000 generated files on this machine's disk: at first, with all unchanged, and after
//! one file was changed.
//!
//!     cargo bench --features sources --bench analyze [-- --keep DIRECTORY]

#[path = "../analyze/front_end.rs"]
#[allow(dead_code)] // the truth is for the tests
mod front_end;

use forebay::analyze::command::{self, Voice};
use forebay::analyze::disk::Machine;
use std::path::PathBuf;
use std::time::Instant;

struct Silent;

impl Voice for Silent {
    fn say(&mut self, line: &str) {
        println!("  {line}");
    }

    fn note(&mut self, _: &str) {}
}

/// A file as large as those of real front ends, some 4 KB: with code beside what it asks for.
fn grown(file: &front_end::File) -> String {
    let mut text = file.text.clone();
    if file.path.contains("features") && !file.path.ends_with("index.ts") {
        for number in 0..12 {
            text += &format!(
                "\nexport function format{number}(rows: readonly Row{number}[], options: {{ locale?: string; limit?: number }} = {{}}): string[] {{\n  const {{ locale = 'en-GB', limit = 20 }} = options;\n  const seen = new Map<string, Row{number}>();\n  for (const row of rows) if (!seen.has(row.key)) seen.set(row.key, row);\n  return [...seen.values()].slice(0, limit).map((row) => row.label.toLocaleUpperCase(locale));\n}}\ninterface Row{number} {{ key: string; label: string }}\n"
            );
        }
    }
    text
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let kept = arguments
        .iter()
        .position(|word| word == "--keep")
        .and_then(|at| arguments.get(at + 1))
        .map(PathBuf::from);
    let root = kept.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("forebay-analyze-{}", std::process::id()))
    });
    let app = front_end::react(625);
    let (mut files, mut bytes) = (0, 0);
    for file in &app.files {
        let path = root.join(&file.path);
        let text = grown(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &text).unwrap();
        files += 1;
        bytes += text.len();
    }
    println!("{files} files, {bytes} bytes");
    let run = |what: &str| {
        let begun = Instant::now();
        let code = command::run(
            &Machine,
            "/",
            &[root.to_string_lossy().into_owned()],
            &mut Silent,
        );
        println!("{what}: {:.0?} (exit code {code})", begun.elapsed());
    };
    run("cold");
    run("warm, nothing changed");
    let one = root.join("src/features/visit/VisitPage.tsx");
    let text = std::fs::read_to_string(&one).unwrap();
    std::fs::write(&one, text.replace("<h1>", "<h2>").replace("</h1>", "</h2>")).unwrap();
    run("warm, one file changed");
    if kept.is_none() {
        std::fs::remove_dir_all(&root).unwrap();
    }
}
