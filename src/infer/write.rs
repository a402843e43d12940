//! Writes a model's file. Only tools do; a page reads.

use super::artifact::Artifact;
use super::bytes::{Writer, sha256, tensor_bytes};
use super::model::Model;
use super::sections::{ENTRY, HEAD, SIGNATURE, VERSION, kind, tag};

impl Artifact {
    /// The file. [`Artifact::read`] refuses it if the parts do not fit, as when the golden rows get other scores.
    pub fn write(&self) -> Vec<u8> {
        let mut identity = Writer::default();
        identity.text(&self.id);
        identity.text(&self.version);
        let schema = self.schema.encode();
        let output = [
            f64::from(u8::from(self.output.logistic)),
            self.output.slope,
            self.output.offset,
        ];
        let bins = self.bins.clone().unwrap_or_default();
        let mut sections = vec![
            (tag::IDENTITY, identity.0),
            (tag::MEANS, tensor_bytes(&self.means)),
            (tag::DEVIATIONS, tensor_bytes(&self.deviations)),
            (tag::EDGES, tensor_bytes(&bins.edges)),
            (tag::SHARES, tensor_bytes(&bins.shares)),
            (tag::OUTPUT, tensor_bytes(&output)),
            (tag::GOLDEN, tensor_bytes(&self.golden)),
            (tag::EXPECTED, tensor_bytes(&self.expected)),
            (tag::POLICIES, self.policies.clone()),
        ];
        let kind = self
            .model
            .as_ref()
            .map_or(kind::POLICIES_ALONE, |model| model.write(&mut sections));
        let digest = sha256(&schema);
        sections.push((tag::SCHEMA, schema));
        sections.retain(|(_, bytes)| !bytes.is_empty());
        file(kind, &digest, &sections)
    }
}

impl Model {
    /// Adds its sections; its kind.
    fn write(&self, sections: &mut Vec<(u32, Vec<u8>)>) -> u32 {
        match self {
            Model::Linear(linear) => {
                let mut numbers = vec![linear.base];
                numbers.extend(&linear.weights);
                sections.push((tag::LINEAR, tensor_bytes(&numbers)));
                kind::LINEAR
            }
            Model::Forest(forest) => {
                let nodes = forest.nodes();
                sections.extend([
                    (tag::BASE, tensor_bytes(&[forest.base])),
                    (tag::STARTS, tensor_bytes(&nodes.starts)),
                    (tag::FEATURES, tensor_bytes(&nodes.features)),
                    (tag::VALUES, tensor_bytes(&nodes.values)),
                    (tag::RIGHT, tensor_bytes(&nodes.right)),
                    (tag::COVER, tensor_bytes(&nodes.cover)),
                ]);
                kind::FOREST
            }
            Model::Mlp(mlp) => {
                let mut shape = vec![mlp.inputs() as u32];
                let mut weights: Vec<f32> = Vec::new();
                for layer in mlp.layers() {
                    shape.extend([layer.biases.len() as u32, layer.activation as u32]);
                    weights.extend(&layer.weights);
                    weights.extend(&layer.biases);
                }
                sections.extend([
                    (tag::SHAPE, tensor_bytes(&shape)),
                    (tag::WEIGHTS, tensor_bytes(&weights)),
                ]);
                kind::MLP
            }
        }
    }
}

fn file(kind: u32, schema: &[u8], sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut place = HEAD + ENTRY * sections.len();
    let mut entries = Writer::default();
    for (tag, bytes) in sections {
        for number in [*tag, place as u32, bytes.len() as u32, 0] {
            entries.u32(number);
        }
        place = (place + bytes.len()).next_multiple_of(16);
    }
    let mut out = Writer::default();
    out.bytes(&SIGNATURE);
    for number in [VERSION, kind, place as u32, sections.len() as u32] {
        out.u32(number);
    }
    out.bytes(schema);
    out.bytes(&[0; 8]);
    out.bytes(&entries.0);
    for (_, bytes) in sections {
        out.bytes(bytes);
        out.0.resize(out.0.len().next_multiple_of(16), 0);
    }
    out.0
}
