//! How a schema stands in a model's file. Its digest is that of these bytes.

use super::bytes::{Reader, Writer, sha256};
use super::schema::{Feature, Input, InputKind, Kind, Missing, Schema, SchemaError, Vocabulary};

/// Of the encoding.
const VERSION: u16 = 1;

impl Schema {
    /// The schema as it stands in a model's file.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.u16(VERSION);
        out.text(&self.name);
        out.u32(self.version);
        out.u16(self.inputs.len() as u16);
        for input in &self.inputs {
            out.text(&input.name);
            out.bytes(&[input.kind as u8]);
        }
        out.u16(self.histories.len() as u16);
        for history in &self.histories {
            out.text(history);
        }
        out.u16(self.features.len() as u16);
        for feature in &self.features {
            out.text(&feature.name);
            out.u16(feature.input);
            out.bytes(&[u8::from(feature.learned)]);
            match feature.missing {
                Missing::Default(value) => {
                    out.bytes(&[0]);
                    out.f64(value);
                }
                Missing::Nan => out.bytes(&[1]),
                Missing::Reject => out.bytes(&[2]),
            }
            feature.kind.encode(&mut out);
        }
        out.0
    }

    /// Reads what [`Schema::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Schema, SchemaError> {
        let mut reader = Reader(bytes);
        let schema = Schema::read(&mut reader).ok_or(SchemaError::Encoding)?;
        if !reader.0.is_empty() {
            return Err(SchemaError::Encoding);
        }
        schema.check()?;
        Ok(schema)
    }

    fn read(reader: &mut Reader) -> Option<Schema> {
        if reader.u16()? != VERSION {
            return None;
        }
        let mut schema = Schema {
            name: reader.text()?,
            version: reader.u32()?,
            ..Schema::default()
        };
        for _ in 0..reader.u16()? {
            schema.inputs.push(Input {
                name: reader.text()?,
                kind: match reader.byte()? {
                    0 => InputKind::Number,
                    1 => InputKind::Text,
                    _ => return None,
                },
            });
        }
        for _ in 0..reader.u16()? {
            schema.histories.push(reader.text()?);
        }
        for _ in 0..reader.u16()? {
            schema.features.push(Feature {
                name: reader.text()?,
                input: reader.u16()?,
                learned: reader.byte()? != 0,
                missing: match reader.byte()? {
                    0 => Missing::Default(reader.f64()?),
                    1 => Missing::Nan,
                    2 => Missing::Reject,
                    _ => return None,
                },
                kind: Kind::read(reader)?,
            });
        }
        Some(schema)
    }

    /// SHA-256 of [`Schema::encode`]: equal only for equal schemas.
    pub fn digest(&self) -> [u8; 32] {
        sha256(&self.encode())
    }
}

impl Kind {
    fn encode(&self, out: &mut Writer) {
        match self {
            Kind::Numeric {
                clip,
                log1p,
                mean,
                deviation,
            } => {
                out.bytes(&[0, u8::from(*log1p), u8::from(clip.is_some())]);
                for bound in clip.iter().flatten() {
                    out.f64(*bound);
                }
                out.f64(*mean);
                out.f64(*deviation);
            }
            Kind::Flag => out.bytes(&[1]),
            Kind::OneHot(vocabulary) => {
                out.bytes(&[2]);
                out.u16(vocabulary.words().len() as u16);
                for word in vocabulary.words() {
                    out.text(word);
                }
            }
            Kind::Hashed { buckets, seed } => {
                out.bytes(&[3]);
                out.u16(*buckets);
                out.u32(*seed);
            }
            Kind::Decay { half_life } => {
                out.bytes(&[4]);
                out.f64(*half_life);
            }
            Kind::Count {
                history,
                window,
                log1p,
            } => {
                out.bytes(&[5, u8::from(*log1p)]);
                out.u16(*history);
                out.f64(*window);
            }
            Kind::Cross { left, right } => {
                out.bytes(&[6]);
                out.u16(*left);
                out.u16(*right);
            }
        }
    }

    fn read(reader: &mut Reader) -> Option<Kind> {
        Some(match reader.byte()? {
            0 => {
                let log1p = reader.byte()? != 0;
                let clip = match reader.byte()? {
                    0 => None,
                    _ => Some([reader.f64()?, reader.f64()?]),
                };
                Kind::Numeric {
                    clip,
                    log1p,
                    mean: reader.f64()?,
                    deviation: reader.f64()?,
                }
            }
            1 => Kind::Flag,
            2 => {
                let mut words = Vec::new();
                for _ in 0..reader.u16()? {
                    words.push(reader.text()?);
                }
                Kind::OneHot(Vocabulary::new(words)?)
            }
            3 => Kind::Hashed {
                buckets: reader.u16()?,
                seed: reader.u32()?,
            },
            4 => Kind::Decay {
                half_life: reader.f64()?,
            },
            5 => {
                let log1p = reader.byte()? != 0;
                Kind::Count {
                    history: reader.u16()?,
                    window: reader.f64()?,
                    log1p,
                }
            }
            6 => Kind::Cross {
                left: reader.u16()?,
                right: reader.u16()?,
            },
            _ => return None,
        })
    }
}
