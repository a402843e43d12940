//! A feature schema as people write it.
//!
//! ```json
//! { "name": "inbox", "version": 1, "features": [
//!   { "name": "age", "kind": "numeric", "input": "ageInDays", "clip": [0, 30], "log1p": true, "mean": 1.2,
//!     "deviation": 0.7, "missing": { "default": 0 }, "learned": true },
//!   { "name": "unread", "kind": "flag", "input": "unread", "missing": "default" },
//!   { "name": "type", "kind": "oneHot", "input": "type", "vocabulary": ["mention", "task"], "missing": "default" },
//!   { "name": "author", "kind": "hashed", "input": "author", "buckets": 64, "seed": 7, "missing": "default" },
//!   { "name": "young", "kind": "decay", "input": "createdAt", "halfLife": 86400, "missing": { "default": 0 } },
//!   { "name": "opened", "kind": "count", "input": "author", "history": "opened", "window": 604800, "log1p": true,
//!     "missing": "default" },
//!   { "name": "type × author", "kind": "cross", "of": ["type", "author"], "missing": "default" } ] }
//! ```
//!
//! `missing` is `"nan"`, `"reject"`, `{"default": number}`, or `"default"` for 0. Inputs and histories are numbered in
//! the order in which features name them first.

use super::error::{ConvertError, fail};
use crate::infer::{Feature, Input, InputKind, Kind, Missing, Schema, SchemaError, Vocabulary};
use serde_json::{Map, Value};

/// Reads a schema.
pub fn parse_schema(text: &str) -> Result<Schema, ConvertError> {
    const PLACE: &str = "schema";
    let value: Value =
        serde_json::from_str(text).map_err(|error| ConvertError::new(PLACE, error.to_string()))?;
    let mut members = Members::of(&value, PLACE)?;
    let version = members.number("version")?;
    let mut schema = Schema {
        name: members.text("name")?.into(),
        version: if version.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&version) {
            version as u32
        } else {
            return fail("schema.version", "must be a whole number");
        },
        ..Schema::default()
    };
    let features = members.take("features")?;
    members.end()?;
    let Value::Array(features) = features else {
        return fail("schema.features", "must be a list");
    };
    for (place, value) in features.iter().enumerate() {
        let feature = feature(value, format!("schema.features[{place}]"), &mut schema)?;
        if schema
            .features
            .iter()
            .any(|other| other.name == feature.name)
        {
            return fail(format!("schema.features[{place}].name"), "is there twice");
        }
        schema.features.push(feature);
    }
    schema.check().map_err(|error| {
        let at = |place: u16| format!("schema.features[{place}]");
        match error {
            SchemaError::Encoding => ConvertError::new(PLACE, "cannot be encoded"),
            SchemaError::Input(place) => {
                ConvertError::new(at(place), "its input is a number for one feature and a text for another")
            }
            SchemaError::Parameter(place) => ConvertError::new(
                at(place),
                "a bound, deviation, half-life, window, default or number of slots is not one it can have",
            ),
            SchemaError::Cross(place) => {
                ConvertError::new(at(place), "crosses must be of two earlier features of kind oneHot or hashed")
            }
            SchemaError::Columns => {
                ConvertError::new(PLACE, "has more than 4,096 columns, or more than 32 that are learned")
            }
        }
    })?;
    // What a page reads is what was written.
    match Schema::decode(&schema.encode()) {
        Ok(read) if read == schema => Ok(schema),
        _ => fail(
            PLACE,
            "a name has more than 65,535 bytes, or a list as many members",
        ),
    }
}

fn feature(value: &Value, place: String, schema: &mut Schema) -> Result<Feature, ConvertError> {
    let mut members = Members::of(value, place)?;
    let name = members.text("name")?;
    let kind_name = members.text("kind")?;
    let kind = kind(&kind_name, &mut members, schema)?;
    let input = match kind {
        Kind::Cross { .. } => 0,
        _ => {
            let name = members.text("input")?;
            place_of(
                &mut schema.inputs,
                |input| *input.name == *name,
                || Input {
                    name: name.as_str().into(),
                    kind: kind.wants(),
                },
            )
        }
    };
    let missing = match members.take("missing")? {
        Value::String(text) if text == "nan" => Missing::Nan,
        Value::String(text) if text == "reject" => Missing::Reject,
        Value::String(text) if text == "default" => Missing::Default(0.0),
        Value::Object(object)
            if object.len() == 1 && object.get("default").is_some_and(Value::is_number) =>
        {
            Missing::Default(object["default"].as_f64().unwrap_or(f64::NAN))
        }
        _ => {
            return members.fail(
                "missing",
                "must be \"nan\", \"reject\", \"default\" or {\"default\": a number}",
            );
        }
    };
    let learned = members.flag("learned")?;
    members.end()?;
    Ok(Feature {
        name: name.into(),
        input,
        missing,
        learned,
        kind,
    })
}

fn kind(name: &str, members: &mut Members, schema: &mut Schema) -> Result<Kind, ConvertError> {
    Ok(match name {
        "numeric" => Kind::Numeric {
            clip: match members.take_if("clip") {
                None => None,
                Some(Value::Array(bounds))
                    if bounds.len() == 2 && bounds.iter().all(Value::is_number) =>
                {
                    Some([0, 1].map(|at| bounds[at].as_f64().unwrap_or(f64::NAN)))
                }
                Some(_) => return members.fail("clip", "must be a list of two numbers"),
            },
            log1p: members.flag("log1p")?,
            mean: members.number_or("mean", 0.0)?,
            deviation: members.number_or("deviation", 1.0)?,
        },
        "flag" => Kind::Flag,
        "oneHot" => {
            let words = match members.take("vocabulary")? {
                Value::Array(words) if words.iter().all(Value::is_string) => words,
                _ => return members.fail("vocabulary", "must be a list of texts"),
            };
            let words = words
                .iter()
                .filter_map(|word| word.as_str().map(Box::from))
                .collect();
            match Vocabulary::new(words) {
                Some(vocabulary) => Kind::OneHot(vocabulary),
                None => {
                    return members.fail(
                        "vocabulary",
                        "must have each word once, and 1 to 4,095 of them",
                    );
                }
            }
        }
        "hashed" => Kind::Hashed {
            buckets: members.whole("buckets", 4096.0)? as u16,
            seed: match members.take_if("seed") {
                None => 0,
                Some(seed) => match seed.as_u64().and_then(|seed| u32::try_from(seed).ok()) {
                    Some(seed) => seed,
                    None => return members.fail("seed", "must be a whole number of 32 bits"),
                },
            },
        },
        "decay" => Kind::Decay {
            half_life: members.number("halfLife")?,
        },
        "count" => {
            let name = members.text("history")?;
            Kind::Count {
                history: place_of(
                    &mut schema.histories,
                    |history| **history == *name,
                    || name.as_str().into(),
                ),
                window: members.number("window")?,
                log1p: members.flag("log1p")?,
            }
        }
        "cross" => {
            let named = |name: &Value| {
                let place = schema
                    .features
                    .iter()
                    .position(|feature| Some(&*feature.name) == name.as_str());
                place.map(|place| place as u16)
            };
            match members.take("of")? {
                Value::Array(names) if names.len() == 2 => {
                    match (named(&names[0]), named(&names[1])) {
                        (Some(left), Some(right)) => Kind::Cross { left, right },
                        _ => return members.fail("of", "must name two earlier features"),
                    }
                }
                _ => return members.fail("of", "must name two earlier features"),
            }
        }
        _ => {
            return members.fail(
                "kind",
                "must be numeric, flag, oneHot, hashed, decay, count or cross",
            );
        }
    })
}

fn place_of<T>(list: &mut Vec<T>, is: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> u16 {
    let place = list.iter().position(is).unwrap_or_else(|| {
        list.push(new());
        list.len() - 1
    });
    place as u16
}

/// An object's members, each taken once.
struct Members {
    place: String,
    left: Map<String, Value>,
}

impl Members {
    fn of(value: &Value, place: impl Into<String>) -> Result<Members, ConvertError> {
        let place = place.into();
        match value {
            Value::Object(left) => Ok(Members {
                place,
                left: left.clone(),
            }),
            _ => fail(place, "must be an object"),
        }
    }

    fn fail<T>(&self, name: &str, what: &str) -> Result<T, ConvertError> {
        fail(format!("{}.{name}", self.place), what)
    }

    fn take_if(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name)
    }

    fn take(&mut self, name: &str) -> Result<Value, ConvertError> {
        match self.take_if(name) {
            Some(value) => Ok(value),
            None => self.fail(name, "is missing"),
        }
    }

    fn text(&mut self, name: &str) -> Result<String, ConvertError> {
        match self.take(name)? {
            Value::String(text) if text.len() <= usize::from(u16::MAX) => Ok(text),
            _ => self.fail(name, "must be a text of at most 65,535 bytes"),
        }
    }

    fn number(&mut self, name: &str) -> Result<f64, ConvertError> {
        match self.take(name)?.as_f64() {
            Some(number) => Ok(number),
            None => self.fail(name, "must be a number"),
        }
    }

    fn number_or(&mut self, name: &str, otherwise: f64) -> Result<f64, ConvertError> {
        if self.left.contains_key(name) {
            self.number(name)
        } else {
            Ok(otherwise)
        }
    }

    fn whole(&mut self, name: &str, most: f64) -> Result<f64, ConvertError> {
        let number = self.number(name)?;
        if number.fract() == 0.0 && (1.0..=most).contains(&number) {
            Ok(number)
        } else {
            self.fail(name, &format!("must be a whole number from 1 to {most}"))
        }
    }

    fn flag(&mut self, name: &str) -> Result<bool, ConvertError> {
        match self.take_if(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => self.fail(name, "must be true or false"),
        }
    }

    fn end(self) -> Result<(), ConvertError> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => self.fail(name, "is not known here"),
        }
    }
}

/// A schema for features that are made elsewhere: numbers as they are.
pub(super) fn as_they_are(names: &[String]) -> Schema {
    let names = || names.iter().map(|name| Box::from(name.as_str()));
    Schema {
        name: "as they are".into(),
        version: 1,
        inputs: names()
            .map(|name| Input {
                name,
                kind: InputKind::Number,
            })
            .collect(),
        histories: Vec::new(),
        features: names()
            .enumerate()
            .map(|(place, name)| Feature {
                name,
                input: place as u16,
                missing: Missing::Nan,
                learned: false,
                kind: Kind::Numeric {
                    clip: None,
                    log1p: false,
                    mean: 0.0,
                    deviation: 1.0,
                },
            })
            .collect(),
    }
}

/// What the columns of a schema are called: the feature's name, and behind `=` or `#` a slot's word or number.
pub fn column_names(schema: &Schema) -> Vec<String> {
    let mut names = Vec::new();
    for (place, feature) in schema.features.iter().enumerate() {
        let name = &feature.name;
        match &feature.kind {
            Kind::OneHot(vocabulary) => {
                names.extend(
                    vocabulary
                        .words()
                        .iter()
                        .map(|word| format!("{name}={word}")),
                );
                names.push(format!("{name}="));
            }
            Kind::Hashed { .. } | Kind::Cross { .. } => {
                names.extend((0..schema.width(place)).map(|slot| format!("{name}#{slot}")));
            }
            _ => names.push(name.to_string()),
        }
    }
    names
}
