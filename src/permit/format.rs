//! The words that programs are written in, and their bytes.

/// What a value of a column, of an attribute or of a constant is. The numbers are those of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Whatever it is: only whether it is there can be asked.
    Any = 0,
    /// `true` or `false`.
    Flag = 1,
    /// A whole number that a double holds exactly, from −(2⁵³ − 1) to 2⁵³ − 1.
    Long = 2,
    /// A finite number.
    Number = 3,
    /// A text.
    Text = 4,
    /// A text in which case makes no difference: whoever fills the column has folded it.
    Folded = 5,
    /// The id of an entity of one type.
    Entity = 6,
    /// A set of texts.
    Texts = 7,
    /// A set of whole numbers, as [`Kind::Long`].
    Longs = 8,
    /// A set of finite numbers.
    Numbers = 9,
    /// A set of ids of entities of one type.
    Entities = 10,
    /// What is between the wildcards of a pattern; only constants are patterns.
    Pattern = 11,
}

const KINDS: [Kind; 12] = [
    Kind::Any,
    Kind::Flag,
    Kind::Long,
    Kind::Number,
    Kind::Text,
    Kind::Folded,
    Kind::Entity,
    Kind::Texts,
    Kind::Longs,
    Kind::Numbers,
    Kind::Entities,
    Kind::Pattern,
];

impl Kind {
    /// The kind of this number.
    pub fn of_byte(byte: u8) -> Option<Kind> {
        KINDS.get(usize::from(byte)).copied()
    }

    /// What the machine makes of it: kinds of one class are compared in the same way.
    pub(super) fn class(self) -> Class {
        match self {
            Kind::Any => Class::Any,
            Kind::Flag => Class::Flag,
            Kind::Long | Kind::Number => Class::Number,
            Kind::Text | Kind::Folded | Kind::Entity => Class::Text,
            Kind::Longs | Kind::Numbers => Class::Numbers,
            Kind::Texts | Kind::Entities => Class::Texts,
            Kind::Pattern => Class::Pattern,
        }
    }

    /// Of what a set is a set.
    pub(super) fn element(self) -> Option<Kind> {
        match self {
            Kind::Texts => Some(Kind::Text),
            Kind::Longs => Some(Kind::Long),
            Kind::Numbers => Some(Kind::Number),
            Kind::Entities => Some(Kind::Entity),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Any,
    Flag,
    Number,
    Text,
    Numbers,
    Texts,
    Pattern,
}

/// Where a value is found that is not known before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Root {
    /// An attribute of the row.
    Resource = 0,
    /// The row's own id; the slot's name is `id`.
    ResourceId = 1,
    /// An attribute of the principal.
    Principal = 2,
    /// The principal's own id.
    PrincipalId = 3,
    /// The ids of a type's entities in which the principal is, itself included where it is of that type.
    PrincipalIn = 4,
    /// An attribute of the context.
    Context = 5,
}

const ROOTS: [Root; 6] = [
    Root::Resource,
    Root::ResourceId,
    Root::Principal,
    Root::PrincipalId,
    Root::PrincipalIn,
    Root::Context,
];

impl Root {
    pub(super) fn of_byte(byte: u8) -> Option<Root> {
        ROOTS.get(usize::from(byte)).copied()
    }

    /// Whether its value differs from row to row.
    pub(super) fn is_of_rows(self) -> bool {
        matches!(self, Root::Resource | Root::ResourceId)
    }
}

/// What a step does. Truths stand on a stack; `a` and `b` are the step's operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// Puts true on the stack.
    True = 1,
    /// Puts false.
    False = 2,
    /// Puts an error.
    Error = 3,
    /// Joins two truths from left to right, as Cedar's `&&`: what is right counts only where the left is true.
    And = 4,
    /// As Cedar's `||`: what is right counts only where the left is false.
    Or = 5,
    /// Turns true and false round; an error stays one.
    Not = 6,
    /// Kleene's conjunction: false where either is, whatever the other is.
    Every = 7,
    /// Kleene's disjunction: true where either is, whatever the other is.
    Some = 8,
    /// Puts whether the flag `a` is true.
    Is = 9,
    /// Puts whether `a` has a value; an error where it is of another kind.
    Has = 10,
    /// Puts whether `a` is missing or null; an error where it is of another kind.
    Null = 11,
    /// Puts `a` = `b`: flags, numbers or texts.
    Equal = 12,
    /// Puts `a` < `b`: numbers.
    Less = 13,
    /// Puts `a` ≤ `b`: numbers.
    AtMost = 14,
    /// Puts `a` < `b`: texts, by their code points.
    Before = 15,
    /// Puts `a` ≤ `b`: texts, by their code points.
    UpTo = 16,
    /// Puts whether the set `a` has the element `b`.
    Contains = 17,
    /// Puts whether the sets `a` and `b` have an element in common.
    ContainsAny = 18,
    /// Puts whether the set `a` has all elements of the set `b`.
    ContainsAll = 19,
    /// Puts whether the text `a` is like the pattern `b`.
    Like = 20,
}

const OPS: [Op; 20] = [
    Op::True,
    Op::False,
    Op::Error,
    Op::And,
    Op::Or,
    Op::Not,
    Op::Every,
    Op::Some,
    Op::Is,
    Op::Has,
    Op::Null,
    Op::Equal,
    Op::Less,
    Op::AtMost,
    Op::Before,
    Op::UpTo,
    Op::Contains,
    Op::ContainsAny,
    Op::ContainsAll,
    Op::Like,
];

impl Op {
    pub(super) fn of_byte(byte: u8) -> Option<Op> {
        OPS.get(usize::from(byte).wrapping_sub(1)).copied()
    }

    /// How many operands follow it.
    pub(crate) fn operands(self) -> u8 {
        match self as u8 {
            0..9 => 0,
            9..12 => 1,
            _ => 2,
        }
    }

    /// Whether it takes two truths from the stack.
    pub(crate) fn joins(self) -> bool {
        matches!(self, Op::And | Op::Or | Op::Every | Op::Some)
    }
}

/// One step of a program. In an [`Assembler`](super::Assembler)'s steps and in files an operand is the number of a
/// slot, or of a constant with the bit [`CONSTANT`]; in a loaded program constants are numbered on behind the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub op: Op,
    /// The first operand; 0 where there is none.
    pub a: u16,
    /// The second operand; 0 where there is none.
    pub b: u16,
}

/// The bit that tells constants from slots.
pub const CONSTANT: u16 = 0x8000;

pub(super) const MAGIC: [u8; 4] = *b"fbpt";
pub(super) const VERSION: u8 = 1;
pub(super) const POLICIES: u8 = 0;
pub(super) const PREDICATE: u8 = 1;
/// Ends the steps of a policy.
pub(super) const END: u8 = 0;
/// Truths that may stand on the stack at once: all that nesting can ask of us.
pub(super) const DEEPEST: usize = 64;
