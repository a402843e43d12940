//! Policies, assembled by hand: what denies, and bytes that are no program.

use forebay::permit::{
    Assembler, CONSTANT, Call, Columns, Kind, Malformed, Op, Program, Refusal, Residual, Root,
    Step, Value, Verdict,
};

fn step(op: Op, a: u16, b: u16) -> Step {
    Step { op, a, b }
}

/// Permits what is of the principal's department; forbids what is secret; forbids those without a second factor.
fn bytes() -> Vec<u8> {
    let mut assembler = Assembler::default();
    assembler.environment("User", "read", "Doc");
    assembler.environment("User", "write", "Doc");
    let dept = assembler.slot(Root::Resource, Kind::Text, "dept", "");
    let own = assembler.slot(Root::Principal, Kind::Text, "dept", "");
    let secret = assembler.slot(Root::Resource, Kind::Flag, "secret", "");
    let mfa = assembler.slot(Root::Context, Kind::Flag, "mfa", "");
    let tags = assembler.slot(Root::Resource, Kind::Texts, "tags", "");
    let wanted = assembler.texts(Kind::Texts, &["b", "a"]);
    assembler.policy(
        false,
        "dept",
        "their own",
        &[true, false],
        &[step(Op::Equal, dept, own)],
    );
    assembler.policy(
        true,
        "secret",
        "",
        &[true, true],
        &[step(Op::Is, secret, 0)],
    );
    assembler.policy(
        true,
        "mfa",
        "",
        &[true, true],
        &[step(Op::Is, mfa, 0), step(Op::Not, 0, 0)],
    );
    assembler.policy(
        false,
        "tags",
        "",
        &[true, false],
        &[step(Op::ContainsAll, tags, wanted)],
    );
    assembler.finish().unwrap()
}

fn rows() -> Columns {
    let mut columns = Columns::new(5);
    let list =
        |texts: &[&'static str]| Value::List(texts.iter().map(|text| Value::Text(text)).collect());
    let all = [
        (
            "dept",
            Kind::Text,
            [
                Value::Text("x"),
                Value::Text("x"),
                Value::Text("y"),
                Value::Text("x"),
                Value::Number(0.0),
            ],
        ),
        (
            "secret",
            Kind::Flag,
            [
                Value::Flag(false),
                Value::Flag(true),
                Value::Flag(false),
                Value::Missing,
                Value::Flag(false),
            ],
        ),
        (
            "tags",
            Kind::Texts,
            [
                list(&[]),
                list(&[]),
                list(&["a"]),
                list(&[]),
                list(&["b", "c", "a"]),
            ],
        ),
    ];
    for (name, kind, values) in all {
        let column = columns.add(name, kind, "");
        for (row, value) in values.iter().enumerate() {
            columns.put(column, row, value);
        }
        columns.check(column);
    }
    columns
}

const DEPT: [(&str, Value); 1] = [("dept", Value::Text("x"))];
const MFA: [(&str, Value); 1] = [("mfa", Value::Flag(true))];

fn call() -> Call<'static> {
    Call {
        principal_type: "User",
        principal: "ann",
        parents: &[],
        attributes: &DEPT,
        action: "read",
        context: &MFA,
        resource_type: "Doc",
    }
}

#[test]
fn says_which_policies_decided() {
    let program = Program::load(&bytes()).unwrap();
    let mut columns = rows();
    let residual = Residual::of_policies(&program, &mut columns, &call());
    assert_eq!(residual.decide(0..1).yes, [0b00001]);
    assert_eq!(residual.decide(0..1).undecided, [0b11000]);
    let why = |row| {
        let why = residual.why(row);
        let ids = why
            .policies
            .iter()
            .map(|policy| program.policy_named(*policy as usize).unwrap().1);
        let needs: Vec<_> = program.needs().collect();
        let lacking = why
            .lacking
            .iter()
            .map(|slot| needs[usize::from(*slot)].name);
        (
            why.verdict,
            ids.collect::<Vec<_>>(),
            lacking.collect::<Vec<_>>(),
        )
    };
    assert_eq!(why(0), (Verdict::Permitted, vec!["dept"], vec![]));
    assert_eq!(why(1), (Verdict::Forbidden, vec!["secret"], vec![]));
    assert_eq!(why(2), (Verdict::NotPermitted, vec![], vec![]));
    assert_eq!(why(3), (Verdict::Undecided, vec!["secret"], vec!["secret"]));
    assert_eq!(why(4), (Verdict::Undecided, vec!["dept"], vec!["dept"]));
    assert_eq!(why(5).0, Verdict::NoRow);
    assert_eq!(program.policy_named(0), Some((false, "dept", "their own")));
}

#[test]
fn what_the_call_decides_is_decided_for_all_rows() {
    let program = Program::load(&bytes()).unwrap();
    let mut columns = rows();
    let mut verdict = |call: &Call| {
        let residual = Residual::of_policies(&program, &mut columns, call);
        let none = residual.decide(0..1).yes == [0];
        (none, residual.why(0).verdict)
    };
    let refused = (true, Verdict::Refused(Refusal::Environment));
    assert_eq!(
        verdict(&Call {
            action: "fly",
            ..call()
        }),
        refused
    );
    assert_eq!(
        verdict(&Call {
            principal_type: "Robot",
            ..call()
        }),
        refused
    );
    assert_eq!(
        verdict(&Call {
            resource_type: "Box",
            ..call()
        }),
        refused
    );
    assert_eq!(
        verdict(&Call {
            action: "write",
            ..call()
        }),
        (true, Verdict::NotPermitted)
    );
    let no = [("mfa", Value::Flag(false))];
    assert_eq!(
        verdict(&Call {
            context: &no,
            ..call()
        }),
        (true, Verdict::Forbidden)
    );
    assert_eq!(
        verdict(&Call {
            context: &[],
            ..call()
        }),
        (true, Verdict::Undecided)
    );
    let wrong = [("mfa", Value::Number(1.0))];
    assert_eq!(
        verdict(&Call {
            context: &wrong,
            ..call()
        }),
        (true, Verdict::Undecided)
    );
    assert_eq!(
        verdict(&Call {
            attributes: &[],
            ..call()
        }),
        (true, Verdict::Undecided)
    );
    assert_eq!(verdict(&call()), (false, Verdict::Permitted));
}

/// A column that is missing, was never filled, or was written into and not checked denies.
#[test]
fn columns_that_are_not_known_deny() {
    let program = Program::load(&bytes()).unwrap();
    let nothing = |columns: &mut Columns| {
        Residual::of_policies(&program, columns, &call())
            .decide(0..9)
            .yes
            == [0]
    };
    assert!(!nothing(&mut rows()));
    assert!(nothing(&mut Columns::new(5)));
    let mut columns = rows();
    let secret = columns.add("secret", Kind::Flag, "");
    columns.values_mut(secret)[0] = 0.0;
    assert!(nothing(&mut columns));
    columns.check(secret);
    assert!(!nothing(&mut columns));
    columns.put(secret, 0, &Value::Flag(false));
    assert!(nothing(&mut columns));
    columns.resize(0);
    columns.resize(5);
    columns.check(secret);
    assert!(nothing(&mut columns));
}

#[test]
fn a_predicate_is_no_policy() {
    let program = Program::load(&bytes()).unwrap();
    let mut columns = rows();
    let residual = Residual::of_predicate(&program, &mut columns);
    assert_eq!(residual.decide(0..1).yes, [0]);
    assert_eq!(residual.why(0).verdict, Verdict::Refused(Refusal::Purpose));
    let predicate = super::build(&serde_json::json!({})).unwrap();
    let predicate = Program::load(&predicate).unwrap();
    let residual = Residual::of_policies(&predicate, &mut columns, &call());
    assert_eq!(residual.decide(0..1).yes, [0]);
    assert_eq!(residual.why(0).verdict, Verdict::Refused(Refusal::Purpose));
}

#[test]
fn what_is_cut_off_or_longer_is_refused() {
    let bytes = bytes();
    assert!(Program::load(&bytes).is_ok());
    for end in 0..bytes.len() {
        let wrong = Program::load(&bytes[..end]).unwrap_err();
        assert!(
            matches!(wrong, Malformed::Short | Malformed::Magic),
            "{end} {wrong:?}"
        );
    }
    assert_eq!(
        Program::load(&[&bytes[..], &[0]].concat()).unwrap_err(),
        Malformed::Long
    );
}

/// Whatever one byte is changed to, there is an error or a program that runs; and steps that were not meant deny less
/// only if they say so themselves.
#[test]
fn a_changed_byte_never_traps() {
    let bytes = bytes();
    let (mut loaded, mut refused) = (0, 0);
    for at in 0..bytes.len() {
        for value in 0..=255 {
            let mut changed = bytes.clone();
            changed[at] = value;
            match Program::load(&changed) {
                Err(_) => refused += 1,
                Ok(program) => {
                    loaded += 1;
                    let mut columns = rows();
                    let residual = Residual::of_policies(&program, &mut columns, &call());
                    let yes = residual.decide(0..1).yes[0];
                    for row in 0..5 {
                        assert_eq!(
                            residual.why(row).verdict == Verdict::Permitted,
                            yes >> row & 1 == 1
                        );
                    }
                }
            }
        }
    }
    assert!(loaded > 1_000 && refused > 10_000, "{loaded} {refused}");
}

#[test]
fn programs_that_do_not_compute_a_truth_are_refused() {
    let load = |steps: &[Step]| {
        let mut assembler = Assembler::default();
        assembler.slot(Root::Resource, Kind::Text, "text", "");
        assembler.slot(Root::Resource, Kind::Long, "long", "");
        assembler.slot(Root::Resource, Kind::Any, "any", "");
        assembler.number(1.0);
        assembler.policy(false, "", "", &[], steps);
        Program::load(&assembler.finish().unwrap()).map(|_| ())
    };
    let truth = step(Op::True, 0, 0);
    assert_eq!(load(&[truth]), Ok(()));
    assert_eq!(load(&[]), Err(Malformed::Stack));
    assert_eq!(load(&[truth, truth]), Err(Malformed::Stack));
    assert_eq!(load(&[truth, step(Op::And, 0, 0)]), Err(Malformed::Stack));
    assert_eq!(load(&[step(Op::Not, 0, 0)]), Err(Malformed::Stack));
    assert_eq!(load(&[step(Op::Equal, 0, 1)]), Err(Malformed::Kinds));
    assert_eq!(load(&[step(Op::Less, 0, 0)]), Err(Malformed::Kinds));
    assert_eq!(load(&[step(Op::Equal, 2, 2)]), Err(Malformed::Kinds));
    assert_eq!(load(&[step(Op::Equal, 1, CONSTANT)]), Ok(()));
    assert_eq!(load(&[step(Op::Has, 3, 0)]), Err(Malformed::Unknown));
    assert_eq!(
        load(&[step(Op::Has, CONSTANT | 1, 0)]),
        Err(Malformed::Unknown)
    );
    let deep = |depth: usize| {
        let mut steps = vec![truth; depth];
        steps.extend(vec![step(Op::And, 0, 0); depth - 1]);
        load(&steps)
    };
    assert_eq!(deep(64), Ok(()));
    assert_eq!(deep(65), Err(Malformed::Stack));
}

/// Bits behind the last row stay 0, whatever their block computes.
#[test]
fn rows_end_where_they_end() {
    let mut assembler = Assembler::default();
    assembler.environment("User", "read", "Doc");
    assembler.policy(false, "all", "", &[true], &[step(Op::True, 0, 0)]);
    let program = Program::load(&assembler.finish().unwrap()).unwrap();
    for rows in [0, 1, 63, 64, 65, 128, 130] {
        let mut columns = Columns::new(rows);
        let decisions =
            Residual::of_policies(&program, &mut columns, &call()).decide(0..usize::MAX);
        let bits: u32 = decisions.yes.iter().map(|bits| bits.count_ones()).sum();
        assert_eq!(
            (bits as usize, decisions.yes.len()),
            (rows, rows.div_ceil(64))
        );
    }
}
