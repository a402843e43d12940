//! Any bytes as a program, or a program assembled from them, over columns made of the rest: nothing may trap, and what
//! is said of one row must be what was decided for it.
#![no_main]

use forebay::permit::{
    Assembler, CONSTANT, Call, Columns, Kind, Op, Program, Residual, Root, Step, Value, Verdict,
};
use libfuzzer_sys::fuzz_target;

const ROOTS: [Root; 6] = [
    Root::Resource,
    Root::ResourceId,
    Root::Principal,
    Root::PrincipalId,
    Root::PrincipalIn,
    Root::Context,
];
const KINDS: [Kind; 11] = [
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
];
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
const TEXTS: [&str; 5] = ["", "a", "b", "ab", "ä"];

/// Bytes, taken from the front; zeros behind the end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.byte()) % all.len()]
    }

    fn number(&mut self) -> f64 {
        match self.byte() {
            0 => f64::NAN,
            1 => f64::NEG_INFINITY,
            2 => f64::INFINITY,
            3 => 0.5,
            4 => 1e300,
            byte => f64::from(byte) - 8.0,
        }
    }
}

fn assembled(bytes: &mut Bytes) -> Vec<u8> {
    let mut assembler = Assembler::default();
    assembler.environment("U", "read", "D");
    let slots: Vec<u16> = (0..1 + bytes.byte() % 6)
        .map(|_| {
            let (root, kind, name) = (bytes.of(&ROOTS), bytes.of(&KINDS), bytes.of(&TEXTS));
            let of = if bytes.byte() % 2 == 0 { "U" } else { "" };
            assembler.slot(root, kind, name, of)
        })
        .collect();
    let lists = [&TEXTS[..0], &TEXTS[1..3], &TEXTS[..]];
    let mut operands = slots.clone();
    operands.extend([
        assembler.number(1.0),
        assembler.number(-3.5),
        assembler.flag(true),
        assembler.constant_text("ab"),
        assembler.numbers(&[3.0, -1.0, 3.0]),
        assembler.numbers(&[]),
    ]);
    for texts in lists {
        operands.push(assembler.texts(Kind::Texts, texts));
        operands.push(assembler.texts(Kind::Pattern, texts));
    }
    operands.push(CONSTANT | 200);
    for _ in 0..1 + bytes.byte() % 4 {
        let steps: Vec<Step> = (0..bytes.byte() % 40)
            .map(|_| Step {
                op: bytes.of(&OPS),
                a: bytes.of(&operands),
                b: bytes.of(&operands),
            })
            .collect();
        assembler.policy(
            bytes.byte() % 3 == 0,
            "id",
            "",
            &[bytes.byte() % 8 > 0],
            &steps,
        );
    }
    assembler.finish().unwrap()
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let head = bytes.byte();
    let program = if head % 2 == 0 {
        let length = usize::from(bytes.byte()) * 4;
        let (program, rest) = bytes.0.split_at(length.min(bytes.0.len()));
        bytes.0 = rest;
        program.to_vec()
    } else {
        assembled(&mut bytes)
    };
    let Ok(program) = Program::load(&program) else {
        return;
    };
    let rows = usize::from(bytes.byte() % 80);
    let mut columns = Columns::new(rows);
    for text in TEXTS {
        columns.intern(text);
    }
    for need in program.needs() {
        let column = columns.add(need.name, need.kind, need.of);
        columns
            .values_mut(column)
            .iter_mut()
            .for_each(|value| *value = bytes.number());
        columns
            .starts_mut(column)
            .iter_mut()
            .for_each(|start| *start = bytes.byte().into());
        let items: Vec<f64> = (0..bytes.byte() % 32).map(|_| bytes.number()).collect();
        if let Some(all) = columns.items_mut(column) {
            all.extend(items);
        }
        if bytes.byte() % 16 > 0 {
            columns.check(column);
        }
    }
    let [principal_type, action, resource_type] =
        program.environments().next().unwrap_or(["U", "read", "D"]);
    let values = [
        Value::Missing,
        Value::Null,
        Value::Flag(true),
        Value::Number(1.0),
        Value::Text("ab"),
        Value::Entity("U", "a"),
        Value::List(vec![Value::Text("a"), Value::Text("b")]),
        Value::List(vec![Value::Number(3.0)]),
    ];
    let attributes: Vec<(&str, Value)> = TEXTS
        .iter()
        .map(|name| {
            (
                *name,
                values[usize::from(bytes.byte()) % values.len()].clone(),
            )
        })
        .collect();
    let call = Call {
        principal_type,
        principal: "a",
        parents: &[("U", "b")],
        attributes: &attributes,
        action,
        context: &attributes,
        resource_type,
    };
    let blocks = columns.blocks();
    let residual = match head & 2 {
        0 => Residual::of_policies(&program, &mut columns, &call),
        _ => Residual::of_predicate(&program, &mut columns),
    };
    let all = residual.decide(0..blocks);
    for row in 0..rows {
        let why = residual.why(row);
        let bit = |bits: &[u64]| bits[row / 64] >> (row % 64) & 1 == 1;
        assert_eq!(bit(&all.yes), why.verdict == Verdict::Permitted);
        assert_eq!(bit(&all.undecided), why.verdict == Verdict::Undecided);
    }
    assert_eq!(residual.decide(1..2).yes.first(), all.yes.get(1));
});
