//! A model's file of a stranger: whatever its bytes, reading must not panic, and what is read must score, explain,
//! order and learn from any numbers. The schema's digest is put right first, which no mutation would ever find.
#![no_main]

use forebay::infer::{Artifact, Batch, Columns, Feedback, Learned, Pace, Ranking, Raw, Texts, InputKind, rank};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

const HEAD: usize = 64;
const SCHEMA: u32 = 2;

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn put_right(bytes: &mut [u8]) -> Option<()> {
    let length = bytes.len() as u32;
    bytes.get_mut(16..20)?.copy_from_slice(&length.to_le_bytes());
    for section in 0..number(bytes, 20)?.min(64) as usize {
        let entry = HEAD + 16 * section;
        if number(bytes, entry)? == SCHEMA {
            let (place, length) = (number(bytes, entry + 4)? as usize, number(bytes, entry + 8)? as usize);
            let digest = Sha256::digest(bytes.get(place..place.checked_add(length)?)?);
            bytes.get_mut(24..56)?.copy_from_slice(&digest);
        }
    }
    Some(())
}

const ODD: [f32; 8] = [0.0, -1.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-40, f32::MAX, 3.25];

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    let _ = Artifact::read(&bytes);
    put_right(&mut bytes);
    let Ok(artifact) = Artifact::read(&bytes) else { return };
    assert_eq!(Artifact::read(&artifact.write()).map(|again| again.write()), Ok(artifact.write()));
    let width = artifact.schema.columns();
    let values: Vec<f32> = (0..width * 5).map(|at| ODD[(at * 7 + at / 3) % ODD.len()]).collect();
    let columns = Columns::from_rows(&values, width);
    use_it(&artifact, &columns);

    let numbers: Vec<f64> = ODD.iter().map(|value| f64::from(*value)).collect();
    let texts = Raw::Text { codes: &[0, 1, 2, 3, u32::MAX, 1, 0, 9], texts: Texts { bytes: b"abcd", ends: &[1, 4, 2] } };
    let inputs: Vec<Raw> = artifact.schema.inputs.iter().map(|input| match input.kind {
        InputKind::Number => Raw::F64(&numbers),
        InputKind::Text => texts,
    }).collect();
    let history = forebay::infer::History { codes: &[0, 1, 7], times: &[1.0, f64::NAN, 5.0] };
    let histories = vec![history; artifact.schema.histories.len()];
    let batch = Batch { rows: ODD.len(), inputs: &inputs, histories: &histories, now: 10.0 };
    let (mut columns, mut rejected, mut drift) = (Columns::default(), Vec::new(), artifact.drift());
    artifact.schema.fill(&batch, &mut columns, &mut rejected, &mut drift).expect("the batch is whole");
    for column in 0..width {
        assert!(drift.stability(column).is_none_or(f64::is_finite));
    }
    use_it(&artifact, &columns);
});

fn use_it(artifact: &Artifact, columns: &Columns) {
    let mut learned = Learned::new(artifact, Pace::default());
    let mut sums = Vec::new();
    artifact.margins(columns, &mut sums);
    for row in 0..columns.rows() {
        let feedback = [Feedback::Opened, Feedback::Dismissed, Feedback::Ignored][row % 3];
        learned.learn(artifact, (columns, row), sums[row], feedback, row as u32);
    }
    assert!(learned.weights().iter().all(|weight| weight.is_finite()));
    let again = Learned::from_bytes(&learned.to_bytes(), artifact, Pace::default());
    assert_eq!(again.as_ref(), Ok(&learned));
    let mut scores = Vec::new();
    artifact.scores(columns, Some(&learned), &mut scores);
    let ranked = rank(&scores, &Ranking { limit: 3, ..Ranking::default() });
    assert_eq!(ranked.len(), columns.rows().min(3));
    if let Some(why) = artifact.explain(columns, Some(&learned), 0) {
        assert_eq!(why.parts.len(), columns.width());
    }
}
