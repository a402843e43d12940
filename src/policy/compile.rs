//! From texts to the bytes of a program.

use super::casl::{Actions, cedar_of};
use super::code::Lowered;
use super::lower::{Environment, Lowering};
use super::problem::{Problem, range};
use crate::permit::{Assembler, Op, Program, Step};
use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};
use cedar_policy_core::ast::{AnyId, EntityUID, Policy};
use cedar_policy_core::validator::ValidatorSchema;
use std::collections::HashMap;
use std::str::FromStr;

/// A text and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The file's name, for people.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// A program and what it was made of.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The program's bytes, as [`Program::load`] reads them.
    pub bytes: Vec<u8>,
    /// Each policy, in the order of the text.
    pub policies: Vec<Summary>,
    /// What is not wrong, but strange.
    pub warnings: Vec<Problem>,
}

/// A policy of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its annotation `@id`, or `policy` and its number.
    pub id: String,
    /// Whether it forbids.
    pub forbids: bool,
    /// Its line, from 1.
    pub line: usize,
    /// In how many of the schema's environments it can be true.
    pub environments: usize,
    /// How many steps all its versions have.
    pub steps: usize,
}

/// Writes [rules of CASL](super::casl) as policies that mean the same or are stricter.
pub fn cedar_of_casl(rules: Source, schema: Source) -> Result<String, Vec<Problem>> {
    let known = read_schema(schema).map_err(|problem| vec![problem])?;
    let schema_of: &ValidatorSchema = known.as_ref();
    let environments = environments(schema_of, &schema).map_err(|problem| vec![problem])?;
    let mut actions = Actions::new();
    for Environment {
        action, resource, ..
    } in &environments
    {
        let action: &str = action.eid().as_ref();
        let types = actions.entry(action.to_owned()).or_default();
        types.insert(resource.to_string());
    }
    cedar_of(rules.text, &actions).map_err(|wrong| vec![Problem::new(&rules, None, wrong)])
}

/// Compiles policies. The schema is in Cedar's language, or in JSON if its first character is a brace.
pub fn compile(policies: Source, schema: Source) -> Result<Compiled, Vec<Problem>> {
    let known = read_schema(schema).map_err(|problem| vec![problem])?;
    let set = PolicySet::from_str(policies.text).map_err(|errors| {
        errors
            .iter()
            .map(|error| Problem::of_cedar(&policies, error))
            .collect::<Vec<_>>()
    })?;
    let validator = Validator::new(known);
    let result = validator.validate(&set, ValidationMode::Strict);
    let problems: Vec<_> = result
        .validation_errors()
        .map(|error| Problem::of_cedar(&policies, error))
        .collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let warnings = result
        .validation_warnings()
        .map(|warning| Problem::of_cedar(&policies, warning))
        .collect();
    let schema_of: &ValidatorSchema = validator.schema().as_ref();
    let environments = environments(schema_of, &schema).map_err(|problem| vec![problem])?;
    let ast: &cedar_policy_core::ast::PolicySet = set.as_ref();
    if let Some(template) = ast.templates().next() {
        let problem = Problem::new(
            &policies,
            range(template.loc()),
            "templates cannot be compiled",
        )
        .help("write the entity in the place of `?principal` or `?resource`");
        return Err(vec![problem]);
    }
    let mut all: Vec<&Policy> = ast.policies().collect();
    all.sort_by_key(|policy| policy.loc().map_or(0, |loc| loc.start()));
    let mut work = Work {
        policies,
        schema: schema_of,
        environments: &environments,
        assembler: Assembler::default(),
    };
    for Environment {
        principal,
        action,
        resource,
    } in &environments
    {
        let action: &str = action.eid().as_ref();
        work.assembler
            .environment(&principal.to_string(), action, &resource.to_string());
    }
    let mut summaries = Vec::new();
    let mut problems = Vec::new();
    let mut lines: HashMap<String, usize> = HashMap::new();
    for policy in all {
        match work.policy(policy) {
            Ok(summary) => {
                if let Some(line) = lines.insert(summary.id.clone(), summary.line) {
                    let message =
                        format!("the policy of line {line} has the id {:?} too", summary.id);
                    let problem = Problem::new(&policies, range(policy.loc()), message);
                    problems.push(problem.help("give each policy an id of its own"));
                }
                summaries.push(summary);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let whole = |message: &str| vec![Problem::new(&policies, None, message)];
    let bytes = work.assembler.finish().map_err(|_| {
        whole(
            "there is more than a program can number: 65,535 texts and policies, \
             32,767 attributes and constants",
        )
    })?;
    if let Err(malformed) = Program::load(&bytes) {
        return Err(whole(&format!(
            "the compiled program {}",
            malformed.message()
        )));
    }
    Ok(Compiled {
        bytes,
        policies: summaries,
        warnings,
    })
}

fn read_schema(source: Source) -> Result<Schema, Problem> {
    if source.text.trim_start().starts_with('{') {
        return Schema::from_json_str(source.text)
            .map_err(|error| Problem::of_cedar(&source, &error));
    }
    match Schema::from_cedarschema_str(source.text) {
        Ok((schema, _)) => Ok(schema),
        Err(error) => Err(Problem::of_cedar(&source, &error)),
    }
}

/// All that the schema puts together, in an order that does not change from run to run.
fn environments(schema: &ValidatorSchema, source: &Source) -> Result<Vec<Environment>, Problem> {
    let mut environments = Vec::new();
    let mut ids: HashMap<&str, &EntityUID> = HashMap::new();
    for action in schema.action_ids() {
        if let Some(other) = ids.insert(action.name().eid().as_ref(), action.name()) {
            let message = format!("{other} and {} have the same id", action.name());
            return Err(Problem::new(source, None, message)
                .help("pages name actions by their ids alone: give each its own"));
        }
        for principal in action.applies_to_principals() {
            for resource in action.applies_to_resources() {
                environments.push(Environment {
                    principal: principal.clone(),
                    action: action.name().clone(),
                    resource: resource.clone(),
                });
            }
        }
    }
    environments.sort_by_cached_key(|one| {
        (
            one.action.to_string(),
            one.principal.to_string(),
            one.resource.to_string(),
        )
    });
    Ok(environments)
}

struct Work<'a> {
    policies: Source<'a>,
    schema: &'a ValidatorSchema,
    environments: &'a [Environment],
    assembler: Assembler,
}

impl Work<'_> {
    /// Adds one policy: once for each different sequence of steps that environments make of it.
    fn policy(&mut self, policy: &Policy) -> Result<Summary, Problem> {
        let condition = policy.condition();
        let mut versions: Vec<(Vec<Step>, Vec<bool>)> = Vec::new();
        for (number, environment) in self.environments.iter().enumerate() {
            let mut lowering = Lowering {
                source: self.policies,
                schema: self.schema,
                environment,
                policy,
                assembler: &mut self.assembler,
            };
            let steps = match lowering.condition(&condition)? {
                Lowered::Known(false) => continue,
                Lowered::Known(true) => vec![Step {
                    op: Op::True,
                    a: 0,
                    b: 0,
                }],
                Lowered::Steps(code) => code.steps,
            };
            let known = versions.iter().position(|(other, _)| *other == steps);
            let at = known.unwrap_or_else(|| {
                versions.push((steps, vec![false; self.environments.len()]));
                versions.len() - 1
            });
            versions[at].1[number] = true;
        }
        let annotation = |name: &str| {
            let name = AnyId::from_str(name).ok()?;
            policy
                .annotation(&name)
                .map(|value| value.as_ref().to_owned())
        };
        let id = annotation("id").unwrap_or_else(|| policy.id().to_string());
        let note = annotation("note").unwrap_or_default();
        let forbids = policy.effect() == cedar_policy::Effect::Forbid;
        for (steps, applies) in &versions {
            self.assembler.policy(forbids, &id, &note, applies, steps);
        }
        let start = policy.loc().map_or(0, |loc| loc.start());
        Ok(Summary {
            id,
            forbids,
            line: self.policies.text[..start].matches('\n').count() + 1,
            environments: versions
                .iter()
                .flat_map(|(_, applies)| applies)
                .filter(|applies| **applies)
                .count(),
            steps: versions.iter().map(|(steps, _)| steps.len()).sum(),
        })
    }
}
