//! What principal and context decide beforehand is what their values would have decided in every row.

use forebay::permit::{
    Assembler, Call, Columns, Decisions, Kind, Op, Program, Residual, Root, Step, Value,
};
use proptest::prelude::*;

const SLOTS: [(&str, Kind); 6] = [
    ("f", Kind::Flag),
    ("g", Kind::Flag),
    ("m", Kind::Long),
    ("n", Kind::Long),
    ("s", Kind::Text),
    ("t", Kind::Text),
];
const ROWS: usize = 70;

#[derive(Clone, Debug)]
enum Tree {
    Leaf(Op, u16, u16),
    Not(Box<Tree>),
    Join(Op, Box<Tree>, Box<Tree>),
}

impl Tree {
    fn steps(&self, steps: &mut Vec<Step>) {
        match self {
            Tree::Leaf(op, a, b) => steps.push(Step {
                op: *op,
                a: *a,
                b: *b,
            }),
            Tree::Not(tree) => {
                tree.steps(steps);
                steps.push(Step {
                    op: Op::Not,
                    a: 0,
                    b: 0,
                });
            }
            Tree::Join(op, left, right) => {
                left.steps(steps);
                right.steps(steps);
                steps.push(Step {
                    op: *op,
                    a: 0,
                    b: 0,
                });
            }
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let constant = prop::sample::select(vec![Op::True, Op::False, Op::Error]);
    let leaf = prop_oneof![
        1 => constant.prop_map(|op| Tree::Leaf(op, 0, 0)),
        4 => (0_u16..2).prop_map(|flag| Tree::Leaf(Op::Is, flag, 0)),
        1 => (0_u16..6).prop_map(|slot| Tree::Leaf(Op::Has, slot, 0)),
        1 => (0_u16..6).prop_map(|slot| Tree::Leaf(Op::Null, slot, 0)),
        2 => (2_u16..4, 2_u16..4, prop::sample::select(vec![Op::Less, Op::AtMost, Op::Equal]))
            .prop_map(|(a, b, op)| Tree::Leaf(op, a, b)),
        2 => (4_u16..6, 4_u16..6, prop::sample::select(vec![Op::Equal, Op::UpTo]))
            .prop_map(|(a, b, op)| Tree::Leaf(op, a, b)),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        let op = prop::sample::select(vec![Op::And, Op::Or, Op::Every, Op::Some]);
        prop_oneof![
            1 => inner.clone().prop_map(|tree| Tree::Not(tree.into())),
            4 => (op, inner.clone(), inner)
                .prop_map(|(op, left, right)| Tree::Join(op, left.into(), right.into())),
        ]
    })
}

fn value() -> impl Strategy<Value = Value<'static>> {
    prop::sample::select(vec![
        Value::Flag(true),
        Value::Flag(false),
        Value::Number(1.0),
        Value::Number(2.0),
        Value::Text("a"),
        Value::Text("b"),
        Value::Missing,
        Value::Null,
    ])
}

/// A value that mostly is of the slot's kind.
fn fitting(slot: usize, value: &Value<'static>, turn: usize) -> Value<'static> {
    let fitting = [
        [Value::Flag(true), Value::Flag(false)],
        [Value::Number(1.0), Value::Number(2.0)],
        [Value::Text("a"), Value::Text("b")],
    ];
    match turn % 4 {
        0 => value.clone(),
        turn => fitting[slot / 2][turn % 2].clone(),
    }
}

/// Policies whose slots are of the call where `of_call` says so, decided over rows.
fn decide(
    policies: &[(bool, Tree)],
    of_call: [bool; 6],
    given: impl Fn(usize, usize) -> Value<'static>,
) -> Decisions {
    let mut assembler = Assembler::default();
    assembler.environment("", "", "");
    for ((name, kind), of_call) in SLOTS.iter().zip(of_call) {
        let root = if of_call {
            Root::Principal
        } else {
            Root::Resource
        };
        assembler.slot(root, *kind, name, "");
    }
    for (forbids, tree) in policies {
        let mut steps = Vec::new();
        tree.steps(&mut steps);
        assembler.policy(*forbids, "", "", &[true], &steps);
    }
    let program = Program::load(&assembler.finish().unwrap()).unwrap();
    let mut columns = Columns::new(ROWS);
    let mut attributes = Vec::new();
    for (slot, (name, kind)) in SLOTS.iter().enumerate() {
        if of_call[slot] {
            attributes.push((*name, given(slot, 0)));
            continue;
        }
        let column = columns.add(name, *kind, "");
        for row in 0..ROWS {
            columns.put(column, row, &given(slot, row));
        }
        columns.check(column);
    }
    let call = Call {
        principal_type: "",
        principal: "",
        parents: &[],
        attributes: &attributes,
        action: "",
        context: &[],
        resource_type: "",
    };
    Residual::of_policies(&program, &mut columns, &call).decide(0..2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn deciding_beforehand_changes_nothing(
        policies in prop::collection::vec((any::<bool>(), tree()), 1..4),
        of_call in any::<[bool; 6]>(),
        values in prop::collection::vec(value(), ROWS * 6),
        turns in prop::collection::vec(0_usize..16, ROWS * 6),
    ) {
        let given = |slot: usize, row: usize| {
            let at = if of_call[slot] { slot } else { row * 6 + slot };
            fitting(slot, &values[at], turns[at])
        };
        let before = decide(&policies, of_call, given);
        prop_assert_eq!(before, decide(&policies, [false; 6], given));
    }
}
