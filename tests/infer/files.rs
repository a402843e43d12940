//! Models' files there and back, and those that are refused.

use super::{artifact, plain};
use forebay::infer::{Artifact, ArtifactError, Bins, Linear, Model};

#[test]
fn files_there_and_back() {
    let mut file = artifact(
        plain(2),
        Model::Linear(Linear::new(0.5, vec![1.0, -2.0]).unwrap()),
    );
    (file.means, file.deviations) = (vec![0.5, 1.5], vec![1.0, 2.0]);
    file.bins = Bins::new(vec![0.0; 18], vec![0.1; 20]);
    file.policies = vec![1, 2, 3];
    file.golden = vec![1.0, 1.0, 0.25, -4.0];
    file.expected = vec![1.0 / (1.0 + 0.5_f32.exp()), 1.0 / (1.0 + (-8.75_f32).exp())];
    assert_eq!(Artifact::read(&file.write()).as_ref(), Ok(&file));
    let refused = |change: fn(&mut Artifact)| {
        let mut file = file.clone();
        change(&mut file);
        Artifact::read(&file.write()).unwrap_err()
    };
    assert_eq!(
        refused(|file| file.expected[1] += 2e-4),
        ArtifactError::Golden(1)
    );
    assert_eq!(
        refused(|file| file.golden[2] = -9.0),
        ArtifactError::Golden(1)
    );
    assert_eq!(
        refused(|file| file.version = "1.02.3".into()),
        ArtifactError::Section(1)
    );
    assert_eq!(
        refused(|file| file.means[1] = f32::INFINITY),
        ArtifactError::Section(3)
    );
    assert_eq!(
        refused(|file| file.deviations = vec![1.0]),
        ArtifactError::Section(4)
    );
    assert_eq!(
        refused(|file| file.schema = plain(3)),
        ArtifactError::Mismatch
    );
    let mut bytes = file.write();
    bytes[30] ^= 1;
    assert_eq!(Artifact::read(&bytes), Err(ArtifactError::Mismatch));
    let mut bytes = file.write();
    bytes[8] = 2;
    assert_eq!(Artifact::read(&bytes), Err(ArtifactError::Format));
    // The second section's place is the first one's: together they could be larger than the file.
    let mut bytes = file.write();
    bytes.copy_within(64 + 4..64 + 8, 80 + 4);
    assert_eq!(Artifact::read(&bytes), Err(ArtifactError::Length));
    assert_eq!(Artifact::read(b"<html>"), Err(ArtifactError::Signature));
    let alone = Artifact {
        model: None,
        golden: vec![],
        expected: vec![],
        ..file.clone()
    };
    assert_eq!(
        Artifact::read(&alone.write()).map(|file| file.policies),
        Ok(vec![1, 2, 3])
    );
}
