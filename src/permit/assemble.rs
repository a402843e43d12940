//! Writing the bytes of a program.

use super::dictionary::Dictionary;
use super::format::{CONSTANT, END, Kind, MAGIC, POLICIES, PREDICATE, Root, Step, VERSION};

/// Collects what a program needs, and writes it. What it wrote is checked by
/// [`Program::load`](super::Program::load) like everything else.
#[derive(Default)]
pub struct Assembler {
    texts: Dictionary,
    slots: Vec<(Root, Kind, u32, u32)>,
    constants: Vec<Vec<u8>>,
    environments: Vec<[u32; 3]>,
    policies: Vec<u8>,
    count: usize,
    is_too_large: bool,
}

/// More than the format can number: 65,535 texts and policies, 32,767 slots, constants and elements of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Assembler {
    fn text(&mut self, text: &str) -> u32 {
        self.is_too_large |= text.len() > 0xffff;
        self.texts.intern(text)
    }

    /// A value that the call or the row has; `of` is the type of entities, and empty for other kinds.
    pub fn slot(&mut self, root: Root, kind: Kind, name: &str, of: &str) -> u16 {
        let slot = (root, kind, self.text(name), self.text(of));
        let known = self.slots.iter().position(|other| *other == slot);
        known.unwrap_or_else(|| {
            self.slots.push(slot);
            self.slots.len() - 1
        }) as u16
    }

    /// A number.
    pub fn number(&mut self, number: f64) -> u16 {
        let mut bytes = vec![Kind::Number as u8];
        bytes.extend(number.to_le_bytes());
        self.constant(bytes)
    }

    /// `true` or `false`.
    pub fn flag(&mut self, flag: bool) -> u16 {
        self.constant(vec![Kind::Flag as u8, flag.into()])
    }

    /// A text, or an entity's id.
    pub fn constant_text(&mut self, text: &str) -> u16 {
        let mut bytes = vec![Kind::Text as u8];
        let text = self.text(text);
        push(&mut bytes, text);
        self.constant(bytes)
    }

    /// A set of texts ([`Kind::Texts`]), or the texts between a pattern's wildcards ([`Kind::Pattern`]): `a*b*` is
    /// `["a", "b", ""]`.
    pub fn texts(&mut self, kind: Kind, texts: &[&str]) -> u16 {
        let mut bytes = self.list(kind, texts.len());
        for text in texts {
            let text = self.text(text);
            push(&mut bytes, text);
        }
        self.constant(bytes)
    }

    /// A set of numbers.
    pub fn numbers(&mut self, numbers: &[f64]) -> u16 {
        let mut bytes = self.list(Kind::Numbers, numbers.len());
        for number in numbers {
            bytes.extend(number.to_le_bytes());
        }
        self.constant(bytes)
    }

    fn list(&mut self, kind: Kind, count: usize) -> Vec<u8> {
        self.is_too_large |= count >= usize::from(CONSTANT);
        let mut bytes = vec![kind as u8];
        push(&mut bytes, count as u32);
        bytes
    }

    fn constant(&mut self, bytes: Vec<u8>) -> u16 {
        let known = self.constants.iter().position(|other| *other == bytes);
        let at = known.unwrap_or_else(|| {
            self.constants.push(bytes);
            self.constants.len() - 1
        });
        at as u16 | CONSTANT
    }

    /// A type of principal, an action and a type of resource that policies are about. All of them come before the
    /// first policy.
    pub fn environment(&mut self, principal: &str, action: &str, resource: &str) {
        let names = [principal, action, resource].map(|name| self.text(name));
        self.environments.push(names);
    }

    /// A policy: its steps leave one truth. `applies` says of each environment whether the policy can be true in it.
    pub fn policy(
        &mut self,
        forbids: bool,
        id: &str,
        note: &str,
        applies: &[bool],
        steps: &[Step],
    ) {
        self.count += 1;
        self.policies.push(forbids.into());
        for text in [id, note] {
            let text = self.text(text);
            push(&mut self.policies, text);
        }
        for eight in applies.chunks(8) {
            let bits = eight
                .iter()
                .rev()
                .fold(0, |bits, bit| 2 * bits + u8::from(*bit));
            self.policies.push(bits);
        }
        for step in steps {
            self.policies.push(step.op as u8);
            for operand in [step.a, step.b].iter().take(step.op.operands().into()) {
                push(&mut self.policies, (*operand).into());
            }
        }
        self.policies.push(END);
    }

    /// The bytes of a set of policies.
    pub fn finish(self) -> Result<Vec<u8>, TooLarge> {
        self.write(POLICIES)
    }

    /// The bytes of a predicate that these steps make.
    pub(super) fn finish_predicate(mut self, steps: &[Step]) -> Result<Vec<u8>, TooLarge> {
        self.policy(false, "", "", &[], steps);
        self.write(PREDICATE)
    }

    fn write(self, purpose: u8) -> Result<Vec<u8>, TooLarge> {
        let most = usize::from(CONSTANT);
        if self.is_too_large
            || self.slots.len() >= most
            || self.constants.len() >= most
            || self.texts.len() > 0xffff
            || self.environments.len() > 0xffff
            || self.count > 0xffff
        {
            return Err(TooLarge);
        }
        let mut bytes = Vec::from(MAGIC);
        bytes.extend([VERSION, purpose]);
        push(&mut bytes, self.texts.len() as u32);
        for number in 0..self.texts.len() {
            let text = self.texts.text(number);
            push(&mut bytes, text.len() as u32);
            bytes.extend(text.as_bytes());
        }
        push(&mut bytes, self.slots.len() as u32);
        for (root, kind, name, of) in self.slots {
            bytes.extend([root as u8, kind as u8]);
            push(&mut bytes, name);
            push(&mut bytes, of);
        }
        push(&mut bytes, self.constants.len() as u32);
        bytes.extend(self.constants.into_iter().flatten());
        push(&mut bytes, self.environments.len() as u32);
        for name in self.environments.into_iter().flatten() {
            push(&mut bytes, name);
        }
        push(&mut bytes, self.count as u32);
        bytes.extend(self.policies);
        Ok(bytes)
    }
}

/// Two bytes, little end first; that they are enough is checked when all is written.
fn push(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend((number as u16).to_le_bytes());
}
