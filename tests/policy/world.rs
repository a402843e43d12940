//! Random principals, contexts and rows: well-formed, lacking something, or of the wrong kind.

use super::generator::{DOCS, TEAMS, TEXTS, USERS};
use forebay::permit::{Kind, Value};

/// SplitMix64: the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    pub(crate) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A value as both engines are given it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    Flag(bool),
    Long(i64),
    Text(String),
    Entity(&'static str, String),
    Set(Vec<Given>),
    Record,
}

pub(crate) type Attributes = Vec<(&'static str, Given)>;

/// The attributes that the schema declares, and what they must be.
pub(crate) const USER: [(&str, Kind, &str); 10] = [
    ("level", Kind::Long, ""),
    ("dept", Kind::Text, ""),
    ("staff", Kind::Flag, ""),
    ("tags", Kind::Texts, ""),
    ("codes", Kind::Longs, ""),
    ("lead", Kind::Entity, "User"),
    ("home", Kind::Entity, "Team"),
    ("teams", Kind::Entities, "Team"),
    ("nick", Kind::Text, ""),
    ("age", Kind::Long, ""),
];
pub(crate) const ROBOT: [(&str, Kind, &str); 3] = [
    ("level", Kind::Long, ""),
    ("owner", Kind::Entity, "User"),
    ("note", Kind::Text, ""),
];
pub(crate) const DOC: [(&str, Kind, &str); 12] = [
    ("level", Kind::Long, ""),
    ("dept", Kind::Text, ""),
    ("open", Kind::Flag, ""),
    ("tags", Kind::Texts, ""),
    ("codes", Kind::Longs, ""),
    ("owner", Kind::Entity, "User"),
    ("team", Kind::Entity, "Team"),
    ("readers", Kind::Entities, "User"),
    ("teams", Kind::Entities, "Team"),
    ("note", Kind::Text, ""),
    ("size", Kind::Long, ""),
    ("secret", Kind::Text, ""),
];
pub(crate) const BOX: [(&str, Kind, &str); 6] = [
    ("level", Kind::Text, ""),
    ("open", Kind::Flag, ""),
    ("tags", Kind::Longs, ""),
    ("owner", Kind::Entity, "Team"),
    ("note", Kind::Long, ""),
    ("secret", Kind::Text, ""),
];
pub(crate) const CONTEXT: [(&str, Kind, &str); 4] = [
    ("ip", Kind::Text, ""),
    ("hour", Kind::Long, ""),
    ("mfa", Kind::Flag, ""),
    ("via", Kind::Text, ""),
];

/// Attributes of which three in `odd` are missing or of the wrong kind; if it is great, none is.
pub(crate) fn attributes(
    random: &mut Random,
    declared: &[(&'static str, Kind, &'static str)],
    odd: usize,
) -> Attributes {
    let mut attributes = Vec::new();
    for (name, kind, of) in declared {
        let is_optional = ["nick", "age", "note", "size", "via"].contains(name);
        let is_undeclared = *name == "secret";
        let is_left_out = is_undeclared && (odd > 1_000 || random.below(3) > 0);
        if is_optional && random.below(2) == 0 || is_left_out {
            continue;
        }
        match random.below(odd) {
            0 => {}
            1 | 2 if odd < 1_000 => attributes.push((*name, wrong(random))),
            _ => attributes.push((*name, right(random, *kind, of))),
        }
    }
    attributes
}

fn entity(random: &mut Random, of: &'static str) -> Given {
    let ids = match of {
        "Team" => &TEAMS,
        "Doc" => &DOCS,
        _ => &USERS,
    };
    Given::Entity(of, (*random.of(ids)).into())
}

fn right(random: &mut Random, kind: Kind, of: &'static str) -> Given {
    let many = |random: &mut Random, kind: Kind| {
        let count = random.below(4);
        Given::Set((0..count).map(|_| right(random, kind, of)).collect())
    };
    match kind {
        Kind::Flag => Given::Flag(random.below(2) == 0),
        Kind::Long => Given::Long(random.below(5) as i64 - 1),
        Kind::Text => Given::Text((*random.of(&TEXTS)).into()),
        Kind::Entity => entity(random, of),
        Kind::Texts => many(random, Kind::Text),
        Kind::Longs => many(random, Kind::Long),
        _ => many(random, Kind::Entity),
    }
}

/// A value of any kind, also the right one.
fn wrong(random: &mut Random) -> Given {
    match random.below(12) {
        0 => Given::Flag(true),
        1 => Given::Long(random.below(4) as i64),
        2 => Given::Long(1 << 53),
        3 => Given::Long(-(1 << 60)),
        4 => Given::Text((*random.of(&TEXTS)).into()),
        5 => Given::Text((*random.of(&USERS)).into()),
        6 => entity(random, "User"),
        7 => entity(random, "Team"),
        8 => entity(random, "Doc"),
        9 => Given::Set(vec![Given::Text("x".into()), Given::Long(1)]),
        10 => Given::Set(vec![entity(random, "User"), entity(random, "Team")]),
        _ => Given::Record,
    }
}

impl Given {
    /// As the page has it.
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Given::Flag(flag) => Value::Flag(*flag),
            Given::Long(long) => Value::Number(*long as f64),
            Given::Text(text) => Value::Text(text),
            Given::Entity(of, id) => Value::Entity(of, id),
            Given::Set(values) => Value::List(values.iter().map(Given::value).collect()),
            Given::Record => Value::Other,
        }
    }

    /// As Cedar has it.
    pub(crate) fn restricted(&self) -> cedar_policy::RestrictedExpression {
        use cedar_policy::RestrictedExpression as Restricted;
        match self {
            Given::Flag(flag) => Restricted::new_bool(*flag),
            Given::Long(long) => Restricted::new_long(*long),
            Given::Text(text) => Restricted::new_string(text.clone()),
            Given::Entity(of, id) => Restricted::new_entity_uid(uid(of, id)),
            Given::Set(values) => Restricted::new_set(values.iter().map(Given::restricted)),
            Given::Record => {
                Restricted::new_record([("width".to_owned(), Restricted::new_long(1))]).unwrap()
            }
        }
    }

    /// By which rule a page takes it for wrong where it expects this kind; `None` if it does not.
    pub(crate) fn is_wrong(&self, kind: Kind, of: &str) -> Option<&'static str> {
        let fits = match (kind, self) {
            (Kind::Any, _) | (Kind::Flag, Given::Flag(_)) | (Kind::Text, Given::Text(_)) => true,
            (Kind::Long, Given::Long(long)) if long.abs() >= 1 << 53 => return Some("3 numbers"),
            (Kind::Long, Given::Long(_)) => true,
            (Kind::Entity, Given::Entity(type_, _)) => *type_ == of,
            (Kind::Texts, Given::Set(values)) => return among(values, Kind::Text, of),
            (Kind::Longs, Given::Set(values)) => return among(values, Kind::Long, of),
            (Kind::Entities, Given::Set(values)) => return among(values, Kind::Entity, of),
            _ => false,
        };
        (!fits).then_some("2 wrong kind")
    }
}

fn among(values: &[Given], kind: Kind, of: &str) -> Option<&'static str> {
    let is_wrong = values
        .iter()
        .any(|value| value.is_wrong(kind, of).is_some());
    is_wrong.then_some("4 sets")
}

pub(crate) fn uid(of: &str, id: &str) -> cedar_policy::EntityUid {
    cedar_policy::EntityUid::from_type_name_and_id(
        of.parse().unwrap(),
        cedar_policy::EntityId::new(id),
    )
}
