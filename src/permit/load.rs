//! Reading the bytes of a program, and checking once all that the machine then relies on.

use super::format::{
    CONSTANT, Class, DEEPEST, END, Kind, MAGIC, Op, PREDICATE, Root, Step, VERSION,
};

/// A program that can be run: policies, or a predicate.
#[derive(Debug, Default)]
pub struct Program {
    text: Box<str>,
    ends: Vec<u32>,
    pub(super) is_predicate: bool,
    pub(crate) slots: Vec<Slot>,
    pub(crate) constants: Vec<Constant>,
    /// The values of constants: numbers, or numbers of texts.
    pub(crate) items: Vec<f64>,
    pub(super) environments: Vec<[u16; 3]>,
    applies: Vec<u8>,
    pub(crate) policies: Vec<Policy>,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(super) root: Root,
    pub(super) kind: Kind,
    name: u16,
    of: u16,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Constant {
    pub(crate) class: Class,
    pub(crate) start: u32,
    pub(crate) count: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(super) forbids: bool,
    id: u16,
    note: u16,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A value that a program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need<'p> {
    /// Where it is found.
    pub root: Root,
    /// What it must be.
    pub kind: Kind,
    /// Its name.
    pub name: &'p str,
    /// The type of entities; empty for other kinds.
    pub of: &'p str,
}

/// Why bytes are no program. Nothing is permitted by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// They do not begin as programs do.
    Magic,
    /// They are of another version of the format.
    Version,
    /// They end before the program does.
    Short,
    /// There are more of them than the program has.
    Long,
    /// A text is not UTF-8.
    Text,
    /// A number stands for nothing: an operation, a kind, a text, a slot or a constant that there is not.
    Unknown,
    /// An operation has operands that it cannot compare.
    Kinds,
    /// The steps of a policy take more truths than there are, leave more than one, or need more than 64 at once.
    Stack,
}

impl Malformed {
    /// What is wrong and what to do, for a person.
    pub fn message(self) -> &'static str {
        match self {
            Malformed::Magic => {
                "is no program of policies: it must come from `forebay policy compile`"
            }
            Malformed::Version => "is of another version: compile it with the forebay of this page",
            Malformed::Short => "is cut off",
            Malformed::Long => "has more after its end",
            Malformed::Text => "has a text that is not UTF-8",
            Malformed::Unknown => "refers to something that is not in it",
            Malformed::Kinds => "compares what cannot be compared",
            Malformed::Stack => "does not compute one truth, or nests deeper than 64",
        }
    }
}

type Loaded<T> = Result<T, Malformed>;

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Loaded<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Loaded<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Loaded<u8> {
        self.array().map(|[byte]| byte)
    }

    fn number(&mut self) -> Loaded<u16> {
        self.array().map(u16::from_le_bytes)
    }
}

impl Program {
    /// Reads a program. What it needs in memory is a small multiple of its bytes.
    pub fn load(bytes: &[u8]) -> Result<Program, Malformed> {
        let mut program = Program::default();
        program.read(&mut Reader(bytes))?;
        Ok(program)
    }

    fn read(&mut self, reader: &mut Reader) -> Loaded<()> {
        if reader.array() != Ok(MAGIC) {
            return Err(Malformed::Magic);
        }
        let [version, purpose] = reader.array()?;
        if version != VERSION {
            return Err(Malformed::Version);
        }
        if purpose > PREDICATE {
            return Err(Malformed::Unknown);
        }
        self.is_predicate = purpose == PREDICATE;
        self.texts(reader)?;
        let slots = reader.number()?;
        // Operands could not name more, and constants are numbered on behind them.
        if slots >= CONSTANT {
            return Err(Malformed::Unknown);
        }
        for _ in 0..slots {
            let slot = self.slot(reader)?;
            self.slots.push(slot);
        }
        for _ in 0..reader.number()? {
            self.constant(reader)?;
        }
        for _ in 0..reader.number()? {
            let names = [
                self.text_number(reader)?,
                self.text_number(reader)?,
                self.text_number(reader)?,
            ];
            self.environments.push(names);
        }
        let count = reader.number()?;
        if self.is_predicate && (count != 1 || !self.environments.is_empty()) {
            return Err(Malformed::Unknown);
        }
        for _ in 0..count {
            self.policy(reader)?;
        }
        match reader.0 {
            [] => Ok(()),
            _ => Err(Malformed::Long),
        }
    }

    fn texts(&mut self, reader: &mut Reader) -> Loaded<()> {
        let mut text = String::new();
        for _ in 0..reader.number()? {
            let length = reader.number()?;
            let bytes = reader.take(length.into())?;
            text.push_str(core::str::from_utf8(bytes).map_err(|_| Malformed::Text)?);
            self.ends.push(text.len() as u32);
        }
        self.text = text.into();
        Ok(())
    }

    fn text_number(&self, reader: &mut Reader) -> Loaded<u16> {
        let number = reader.number()?;
        match usize::from(number) < self.ends.len() {
            true => Ok(number),
            false => Err(Malformed::Unknown),
        }
    }

    fn slot(&self, reader: &mut Reader) -> Loaded<Slot> {
        let [root, kind] = reader.array()?;
        let kind = Kind::of_byte(kind).ok_or(Malformed::Unknown)?;
        match Root::of_byte(root) {
            Some(root) if kind != Kind::Pattern => Ok(Slot {
                root,
                kind,
                name: self.text_number(reader)?,
                of: self.text_number(reader)?,
            }),
            _ => Err(Malformed::Unknown),
        }
    }

    fn constant(&mut self, reader: &mut Reader) -> Loaded<()> {
        let kind = Kind::of_byte(reader.byte()?).ok_or(Malformed::Unknown)?;
        let count = match kind {
            Kind::Flag | Kind::Number | Kind::Text => 1,
            Kind::Texts | Kind::Numbers => reader.number()?,
            // Without wildcards a pattern is one text.
            Kind::Pattern => reader.number()?.max(1),
            _ => return Err(Malformed::Unknown),
        };
        let start = self.items.len() as u32;
        for _ in 0..count {
            let item = match kind {
                Kind::Flag => f64::from(reader.byte()? & 1),
                Kind::Number | Kind::Numbers => f64::from_le_bytes(reader.array()?),
                _ => self.text_number(reader)?.into(),
            };
            if !item.is_finite() {
                return Err(Malformed::Unknown);
            }
            self.items.push(item);
        }
        self.constants.push(Constant {
            class: kind.class(),
            start,
            count: count.into(),
        });
        Ok(())
    }

    fn policy(&mut self, reader: &mut Reader) -> Loaded<()> {
        let forbids = reader.byte()?;
        if forbids > u8::from(!self.is_predicate) {
            return Err(Malformed::Unknown);
        }
        let (id, note) = (self.text_number(reader)?, self.text_number(reader)?);
        let applies = reader.take(self.environments.len().div_ceil(8))?;
        self.applies.extend(applies);
        let start = self.steps.len() as u32;
        let mut depth = 0;
        loop {
            let byte = reader.byte()?;
            if byte == END {
                break;
            }
            let step = self.step(byte, reader)?;
            let (takes, leaves) = match step.op {
                op if op.joins() => (2, 1),
                Op::Not => (1, 1),
                _ => (0, 1),
            };
            if depth < takes || depth >= DEEPEST + takes {
                return Err(Malformed::Stack);
            }
            depth = depth - takes + leaves;
            self.steps.push(step);
        }
        if depth != 1 {
            return Err(Malformed::Stack);
        }
        self.policies.push(Policy {
            forbids: forbids == 1,
            id,
            note,
            start,
            end: self.steps.len() as u32,
        });
        Ok(())
    }

    fn step(&self, byte: u8, reader: &mut Reader) -> Loaded<Step> {
        let op = Op::of_byte(byte).ok_or(Malformed::Unknown)?;
        let mut operands = [(0, Class::Any); 2];
        for operand in operands.iter_mut().take(op.operands().into()) {
            *operand = self.operand(reader.number()?)?;
        }
        let [(a, left), (b, right)] = operands;
        let fits = match op {
            Op::Is => left == Class::Flag,
            Op::Equal => left == right && matches!(left, Class::Flag | Class::Number | Class::Text),
            Op::Less | Op::AtMost => (left, right) == (Class::Number, Class::Number),
            Op::Before | Op::UpTo => (left, right) == (Class::Text, Class::Text),
            Op::Contains => matches!(
                (left, right),
                (Class::Numbers, Class::Number) | (Class::Texts, Class::Text)
            ),
            Op::ContainsAny | Op::ContainsAll => {
                left == right && matches!(left, Class::Numbers | Class::Texts)
            }
            Op::Like => (left, right) == (Class::Text, Class::Pattern),
            _ => true,
        };
        match fits {
            true => Ok(Step { op, a, b }),
            false => Err(Malformed::Kinds),
        }
    }

    fn operand(&self, number: u16) -> Loaded<(u16, Class)> {
        let found = if number & CONSTANT == 0 {
            let slot = self.slots.get(usize::from(number));
            slot.map(|slot| (number, slot.kind.class()))
        } else {
            let number = number & !CONSTANT;
            let constant = self.constants.get(usize::from(number));
            constant.map(|constant| (self.slots.len() as u16 + number, constant.class))
        };
        found.ok_or(Malformed::Unknown)
    }

    pub(crate) fn text(&self, number: u16) -> &str {
        let number = usize::from(number);
        let start = match number {
            0 => 0,
            _ => self.ends.get(number - 1).copied().unwrap_or(0),
        };
        let end = self.ends.get(number).copied().unwrap_or(0);
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    pub(crate) fn need(&self, slot: &Slot) -> Need<'_> {
        Need {
            root: slot.root,
            kind: slot.kind,
            name: self.text(slot.name),
            of: self.text(slot.of),
        }
    }

    /// What it reads: the columns that rows must have, and the attributes of principal and context.
    pub fn needs(&self) -> impl Iterator<Item = Need<'_>> {
        self.slots.iter().map(|slot| self.need(slot))
    }

    /// The types of principal, actions and types of resource that its policies are about.
    pub fn environments(&self) -> impl Iterator<Item = [&str; 3]> {
        let named = |names: &[u16; 3]| names.map(|name| self.text(name));
        self.environments.iter().map(named)
    }

    /// Whether a policy can be true in an environment.
    pub(crate) fn applies(&self, policy: usize, environment: usize) -> bool {
        let width = self.environments.len().div_ceil(8);
        let byte = self.applies.get(policy * width + environment / 8);
        byte.is_some_and(|byte| byte >> (environment % 8) & 1 == 1)
    }

    /// How many policies it has.
    pub fn policies(&self) -> usize {
        self.policies.len()
    }

    /// Whether a policy forbids, its id, and what else it says of itself (its annotation `@note`); by number.
    pub fn policy_named(&self, policy: usize) -> Option<(bool, &str, &str)> {
        let policy = self.policies.get(policy)?;
        Some((policy.forbids, self.text(policy.id), self.text(policy.note)))
    }

    pub(crate) fn steps_of(&self, policy: &Policy) -> &[Step] {
        let range = policy.start as usize..policy.end as usize;
        self.steps.get(range).unwrap_or(&[])
    }
}
