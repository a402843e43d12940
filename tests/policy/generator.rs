//! Random policies over the schema of `tests/data/policy/world.cedarschema`.

use super::world::Random;

/// What a condition may say of principal and resource.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    User,
    Robot,
    AnyPrincipal,
}

#[derive(Clone, Copy, PartialEq)]
enum On {
    Doc,
    Box,
    AnyResource,
}

struct Generator<'r> {
    random: &'r mut Random,
    of: Of,
    on: On,
}

pub(crate) const TEXTS: [&str; 6] = ["", "x", "y", "xyx", "Ä*", "staff"];
const PATTERNS: [&str; 8] = ["*", "x*", "*x", "*y*", "x*x", "x", r"*\**", "x*y*"];
pub(crate) const USERS: [&str; 3] = ["ann", "ben", "t"];
pub(crate) const TEAMS: [&str; 3] = ["t", "u", "ann"];
pub(crate) const DOCS: [&str; 3] = ["d", "e", "t"];

/// One policy: mostly well-typed.
pub(crate) fn policy(random: &mut Random) -> String {
    let (principal, of) = match random.below(12) {
        0..4 => ("principal is User".to_owned(), Of::User),
        4 => (
            format!("principal == User::{:?}", random.of(&USERS)),
            Of::User,
        ),
        5 | 6 => (
            format!("principal in Team::{:?}", random.of(&TEAMS)),
            Of::AnyPrincipal,
        ),
        7 => (
            format!("principal is User in Team::{:?}", random.of(&TEAMS)),
            Of::User,
        ),
        8 => ("principal is Robot".to_owned(), Of::Robot),
        9 => (
            format!("principal == Robot::{:?}", random.of(&USERS)),
            Of::Robot,
        ),
        _ => ("principal".to_owned(), Of::AnyPrincipal),
    };
    let action = match random.below(8) {
        0 | 1 => "action == Action::\"read\"",
        2 => "action in [Action::\"read\", Action::\"share\"]",
        3 => "action in Action::\"edit\"",
        4 => "action == Action::\"write\"",
        _ => "action",
    };
    let (resource, on) = match random.below(10) {
        0..5 => ("resource is Doc".to_owned(), On::Doc),
        5 => (format!("resource == Doc::{:?}", random.of(&DOCS)), On::Doc),
        6 => ("resource is Box".to_owned(), On::Box),
        _ => ("resource".to_owned(), On::AnyResource),
    };
    let effect = if random.below(3) == 0 {
        "forbid"
    } else {
        "permit"
    };
    let mut text = format!("{effect} ({principal}, {action}, {resource})");
    let mut generator = Generator { random, of, on };
    for _ in 0..generator.random.below(3) {
        let word = if generator.random.below(3) == 0 {
            "unless"
        } else {
            "when"
        };
        let depth = generator.random.below(4);
        text += &format!(" {word} {{ {} }}", generator.truth(depth));
    }
    text + ";\n"
}

impl Generator<'_> {
    fn truth(&mut self, depth: usize) -> String {
        let leaf = depth == 0 || self.random.below(5) == 0;
        if leaf {
            return self.test();
        }
        match self.random.below(6) {
            0 | 1 => format!("({} && {})", self.truth(depth - 1), self.truth(depth - 1)),
            2 | 3 => format!("({} || {})", self.truth(depth - 1), self.truth(depth - 1)),
            4 => format!("!({})", self.truth(depth - 1)),
            _ => format!(
                "(if {} then {} else {})",
                self.truth(depth - 1),
                self.truth(depth - 1),
                self.truth(depth - 1)
            ),
        }
    }

    fn test(&mut self) -> String {
        match self.random.below(22) {
            0 => ["true", "false", "context.mfa"][self.random.below(3)].to_owned(),
            1 => self.flag(),
            2 => format!("{} == {}", self.flag(), self.flag()),
            3 | 4 => {
                let op = ["<", "<=", ">", ">=", "==", "!="][self.random.below(6)];
                format!("{} {op} {}", self.long(), self.long())
            }
            5 | 6 => {
                let op = ["==", "!="][self.random.below(2)];
                format!("{} {op} {}", self.text(), self.text())
            }
            7 => format!("{} like {:?}", self.text(), self.random.of(&PATTERNS))
                .replace("\\\\", "\\"),
            8 => format!("{} == {}", self.user(), self.user()),
            9 => format!("{} != {}", self.team(), self.team()),
            10 => {
                let groups = match self.random.below(4) {
                    0 => format!(
                        "[Team::{:?}, Team::{:?}]",
                        self.random.of(&TEAMS),
                        self.random.of(&TEAMS)
                    ),
                    1 => self.teams(),
                    _ => self.team(),
                };
                format!("principal in {groups}")
            }
            11 => format!("{}.contains({})", self.texts(), self.text()),
            12 => format!("{}.contains({})", self.longs(), self.long()),
            13 => format!("{}.contains({})", self.users(), self.user()),
            14 => format!("{}.contains({})", self.teams(), self.team()),
            15 => {
                let op = ["containsAny", "containsAll"][self.random.below(2)];
                match self.random.below(4) {
                    0 => format!("{}.{op}({})", self.longs(), self.longs()),
                    1 => format!("{}.{op}({})", self.teams(), self.teams()),
                    2 => format!("{}.{op}({})", self.users(), self.users()),
                    _ => format!("{}.{op}({})", self.texts(), self.texts()),
                }
            }
            16 => match self.random.below(3) {
                0 => format!("{}.isEmpty()", self.texts()),
                1 => format!("{} == {}", self.texts(), self.texts()),
                _ => format!("{} == {}", self.teams(), self.teams()),
            },
            17 => self.kind(),
            18 => self.presence(),
            _ => self.guarded(),
        }
    }

    fn kind(&mut self) -> String {
        let tests = [
            "resource is Doc",
            "principal is User",
            "resource.owner is User",
            "resource.owner is Team",
            "action == Action::\"write\"",
            "action in [Action::\"edit\", Action::\"read\"]",
            "(resource is Box && resource.level == \"x\")",
            "(resource is Doc && resource.level < 2)",
            "(principal is Robot && principal.owner == User::\"ann\")",
        ];
        (*self.random.of(&tests)).to_owned()
    }

    fn presence(&mut self) -> String {
        let tests = [
            "resource has note",
            "resource has secret",
            "principal has nick",
            "context has via",
            "context has ip",
            "resource has owner",
            "resource has shape",
            "resource has size",
        ];
        (*self.random.of(&tests)).to_owned()
    }

    /// An optional attribute behind its guard.
    fn guarded(&mut self) -> String {
        let tests = [
            format!("(context has via && context.via == {})", self.text()),
            format!("(resource has size && resource.size < {})", self.long()),
            format!("(resource has note && resource.note == {})", self.text()),
            format!(
                "(principal has nick && principal.nick like {:?})",
                self.random.of(&PATTERNS)
            )
            .replace("\\\\", "\\"),
            format!("(principal has age && principal.age >= {})", self.long()),
            format!(
                "(resource has secret && resource.secret == {})",
                self.text()
            ),
            format!(
                "(!(principal has note) || principal.note == {})",
                self.text()
            ),
            format!(
                "(if resource has size then resource.size == {} else {})",
                self.long(),
                self.flag()
            ),
        ];
        self.random.of(&tests).clone()
    }

    /// A value: one that everything has, or what principal and resource are known to have.
    fn one(
        &mut self,
        all: &[&str],
        user: &[&str],
        robot: &[&str],
        doc: &[&str],
        boxes: &[&str],
    ) -> String {
        let mut from: Vec<&str> = all.to_vec();
        match self.of {
            Of::User => from.extend(user),
            Of::Robot => from.extend(robot),
            Of::AnyPrincipal => {}
        }
        match self.on {
            On::Doc => from.extend(doc),
            On::Box => from.extend(boxes),
            On::AnyResource => {}
        }
        (*self.random.of(&from)).to_owned()
    }

    fn flag(&mut self) -> String {
        self.one(
            &["context.mfa", "resource.open"],
            &["principal.staff"],
            &[],
            &[],
            &[],
        )
    }

    fn long(&mut self) -> String {
        if self.random.below(3) == 0 {
            return (self.random.below(5) as i64 - 1).to_string();
        }
        self.one(
            &["context.hour", "principal.level"],
            &[],
            &[],
            &["resource.level"; 3],
            &[],
        )
    }

    fn text(&mut self) -> String {
        if self.random.below(3) == 0 {
            return format!("{:?}", self.random.of(&TEXTS));
        }
        self.one(
            &["context.ip"],
            &["principal.dept"; 2],
            &[],
            &["resource.dept"; 3],
            &["resource.level"; 3],
        )
    }

    fn user(&mut self) -> String {
        if self.random.below(4) == 0 {
            return format!("User::{:?}", self.random.of(&USERS));
        }
        let literal = format!("User::{:?}", self.random.of(&USERS));
        self.one(
            &[&literal],
            &["principal", "principal", "principal.lead"],
            &["principal.owner"],
            &["resource.owner"; 3],
            &[],
        )
    }

    fn team(&mut self) -> String {
        let literal = format!("Team::{:?}", self.random.of(&TEAMS));
        self.one(
            &[&literal],
            &["principal.home"],
            &[],
            &["resource.team"; 2],
            &["resource.owner"; 2],
        )
    }

    fn texts(&mut self) -> String {
        let literal = format!(
            "[{:?}, {:?}]",
            self.random.of(&TEXTS),
            self.random.of(&TEXTS)
        );
        self.one(
            &[&literal],
            &["principal.tags"; 2],
            &[],
            &["resource.tags"; 3],
            &[],
        )
    }

    fn longs(&mut self) -> String {
        let literal = format!(
            "[{}, {}]",
            self.random.below(4),
            self.random.below(4) as i64 - 1
        );
        self.one(
            &[&literal],
            &["principal.codes"; 2],
            &[],
            &["resource.codes"; 3],
            &["resource.tags"; 3],
        )
    }

    fn users(&mut self) -> String {
        let literal = format!(
            "[User::{:?}, User::{:?}]",
            self.random.of(&USERS),
            self.random.of(&USERS)
        );
        self.one(&[&literal], &[], &[], &["resource.readers"; 3], &[])
    }

    fn teams(&mut self) -> String {
        let literal = format!(
            "[Team::{:?}, Team::{:?}]",
            self.random.of(&TEAMS),
            self.random.of(&TEAMS)
        );
        self.one(
            &[&literal],
            &["principal.teams"; 2],
            &[],
            &["resource.teams"; 3],
            &[],
        )
    }
}
