//! Learning against what it must find out.

use super::{artifact, plain, value};
use forebay::infer::{Artifact, Columns, Feedback, Learned, LearnedError, Linear, Model, Pace};
use proptest::prelude::*;

fn learner() -> Artifact {
    let mut schema = plain(3);
    schema.features[1].learned = true;
    schema.features[2].learned = true;
    artifact(
        schema,
        Model::Linear(Linear::new(0.0, vec![1.0, 0.0, 0.0]).unwrap()),
    )
}

#[test]
fn a_person_is_learned_and_forgotten() {
    let artifact = learner();
    let mut learned = Learned::new(&artifact, Pace::default());
    // This person opens what column 1 marks, whatever the model thinks.
    let rows = Columns::from_rows(&[0.3, 1.0, 0.0, 0.3, 0.0, 1.0, 0.3, 0.0, 0.0], 3);
    let mut sums = Vec::new();
    artifact.margins(&rows, &mut sums);
    assert!((0..3).all(|row| learned.shift(&artifact, &rows, row) == 0.0));
    for _ in 0..30 {
        for (row, feedback) in [Feedback::Opened, Feedback::Dismissed, Feedback::Ignored]
            .into_iter()
            .enumerate()
        {
            learned.learn(&artifact, (&rows, row), sums[row], feedback, row as u32);
        }
    }
    assert_eq!(learned.events(), [30, 30, 30]);
    let [constant, first, second] = learned.weights()[..] else {
        panic!()
    };
    assert!(
        first > 0.2 && second < -0.2 && constant.abs() < first,
        "{constant} {first} {second}"
    );
    let mut scores = Vec::new();
    artifact.scores(&rows, Some(&learned), &mut scores);
    assert!(scores[0] > scores[2] && scores[2] > scores[1], "{scores:?}");

    let why = artifact.explain(&rows, Some(&learned), 0).unwrap();
    let whole = why.base + why.parts.iter().sum::<f64>();
    assert!((whole - sums[0] - learned.shift(&artifact, &rows, 0)).abs() < 1e-9);
    assert!(why.parts[1] > 0.2);

    let bytes = learned.to_bytes();
    assert_eq!(
        Learned::from_bytes(&bytes, &artifact, Pace::default()).as_ref(),
        Ok(&learned)
    );
    for length in 0..bytes.len() {
        assert_eq!(
            Learned::from_bytes(&bytes[..length], &artifact, Pace::default()),
            Err(LearnedError::Encoding)
        );
    }
    let mut other = learner();
    other.schema.version = 2;
    other.schema_digest = other.schema.digest();
    assert_eq!(
        Learned::from_bytes(&bytes, &other, Pace::default()),
        Err(LearnedError::Schema)
    );
    assert_eq!(learned.shift(&other, &rows, 0), 0.0);
    assert_eq!(Learned::new(&artifact, Pace::default()).events(), [0, 0, 0]);
}

proptest! {
    #[test]
    fn corrections_stay_within_their_bound(
        events in prop::collection::vec((value(), value(), 0_usize..3, 0_u32..50), 0..200), bound in 0.0_f64..3.0,
    ) {
        let artifact = learner();
        let mut learned = Learned::new(&artifact, Pace { bound, rate: 1.0, ..Pace::default() });
        for (first, second, feedback, position) in events {
            let row = Columns::from_rows(&[0.0, first * 1e6, second], 3);
            let feedback = [Feedback::Opened, Feedback::Dismissed, Feedback::Ignored][feedback];
            learned.learn(&artifact, (&row, 0), f64::from(second), feedback, position);
            prop_assert!(learned.weights().iter().all(|weight| weight.is_finite()));
            prop_assert!(learned.shift(&artifact, &row, 0).abs() <= bound);
        }
    }
}

#[test]
fn what_is_opened_far_down_counts_more() {
    let artifact = learner();
    let row = Columns::from_rows(&[0.0, 1.0, 0.0], 3);
    let weight = |feedback, position| {
        let mut learned = Learned::new(&artifact, Pace::default());
        learned.learn(&artifact, (&row, 0), 0.0, feedback, position);
        learned.weights()[1]
    };
    assert!(weight(Feedback::Opened, 3) > weight(Feedback::Opened, 0));
    assert_eq!(weight(Feedback::Opened, 5), weight(Feedback::Opened, 500));
    assert!(weight(Feedback::Dismissed, 0) < weight(Feedback::Ignored, 0));
    assert!(weight(Feedback::Ignored, 0) < weight(Feedback::Ignored, 9));
    assert!(weight(Feedback::Ignored, 9) < 0.0);
}
