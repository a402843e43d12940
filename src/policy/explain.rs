//! Programs in words.

use crate::permit::{Class, Need, Op, Program, Root, Step};
use std::fmt::Write;

/// What a program reads, and each of its policies with its condition and the environments in which it applies.
pub fn listing(program: &Program) -> String {
    let mut text = String::from("reads\n");
    for need in program.needs() {
        let of = match need.of {
            "" => String::new(),
            of => format!(" of {of}"),
        };
        let _ = writeln!(text, "  {}: {:?}{of}", name(&need), need.kind);
    }
    for (number, policy) in program.policies.iter().enumerate() {
        let (forbids, id, note) = program.policy_named(number).unwrap_or_default();
        let effect = if forbids { "forbid" } else { "permit" };
        let _ = writeln!(
            text,
            "{effect} {id}{}{note}",
            if note.is_empty() { "" } else { ": " }
        );
        let _ = writeln!(
            text,
            "  when {}",
            condition(program, program.steps_of(policy))
        );
        for (at, [principal, action, resource]) in program.environments().enumerate() {
            if program.applies(number, at) {
                let _ = writeln!(text, "  for {principal} {action} {resource}");
            }
        }
    }
    text
}

fn name(need: &Need) -> String {
    match need.root {
        Root::Resource => format!("resource.{}", need.name),
        Root::ResourceId => "resource".into(),
        Root::Principal => format!("principal.{}", need.name),
        Root::PrincipalId => "principal".into(),
        Root::PrincipalIn => format!("groups of principal ({})", need.of),
        Root::Context => format!("context.{}", need.name),
    }
}

fn condition(program: &Program, steps: &[Step]) -> String {
    let mut stack: Vec<String> = Vec::new();
    for Step { op, a, b } in steps {
        let operand = |number| operand(program, number);
        let text = match op {
            Op::True => "true".into(),
            Op::False => "false".into(),
            Op::Error => "error".into(),
            Op::Not => format!("not {}", stack.pop().unwrap_or_default()),
            op if op.joins() => {
                let word = match op {
                    Op::And => "&&",
                    Op::Or => "||",
                    Op::Every => "and",
                    _ => "or",
                };
                let (right, left) = (
                    stack.pop().unwrap_or_default(),
                    stack.pop().unwrap_or_default(),
                );
                format!("({left} {word} {right})")
            }
            Op::Is => operand(*a),
            Op::Has => format!("has {}", operand(*a)),
            Op::Null => format!("{} is null", operand(*a)),
            op => {
                let word = match op {
                    Op::Equal => "==",
                    Op::Less | Op::Before => "<",
                    Op::AtMost | Op::UpTo => "<=",
                    Op::Contains => "contains",
                    Op::ContainsAny => "contains any of",
                    Op::ContainsAll => "contains all of",
                    _ => "like",
                };
                format!("{} {word} {}", operand(*a), operand(*b))
            }
        };
        stack.push(text);
    }
    stack.pop().unwrap_or_default()
}

fn operand(program: &Program, number: u16) -> String {
    let number = usize::from(number);
    if let Some(slot) = program.slots.get(number) {
        return name(&program.need(slot));
    }
    let Some(constant) = program.constants.get(number - program.slots.len()) else {
        return String::new();
    };
    let range = constant.start as usize..(constant.start + constant.count) as usize;
    let items: Vec<String> = program.items[range]
        .iter()
        .map(|item| match constant.class {
            Class::Text | Class::Texts => format!("{:?}", program.text(*item as u16)),
            Class::Pattern => program.text(*item as u16).replace('*', "\\*"),
            Class::Flag => (*item == 1.0).to_string(),
            _ => item.to_string(),
        })
        .collect();
    match constant.class {
        Class::Pattern => format!("{:?}", items.join("*")),
        Class::Texts | Class::Numbers => format!("[{}]", items.join(", ")),
        _ => items.concat(),
    }
}
