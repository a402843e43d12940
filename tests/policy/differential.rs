//! Zero fail-open: every decision is the one of `cedar-policy` read strictly (allow, and no errors), or a denial by one
//! of the rules that `forebay::permit` names.
//!
//! `FOREBAY_REQUESTS=100000 cargo test --features analyze --test policy` asks more.

use super::generator;
use super::world::{self, Attributes, Given, Random, uid};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, PolicySet, Request, Schema, ValidationMode,
    Validator,
};
use forebay::permit::{Call, Columns, Program, Refusal, Residual, Root, Value, Verdict};
use forebay::policy::{Source, compile};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::str::FromStr;

const SCHEMA: &str = include_str!("../data/policy/world.cedarschema");

struct Asked {
    principal: (&'static str, &'static str),
    /// Unknown principals have no attributes and are in no group.
    is_known: bool,
    parents: Vec<(&'static str, &'static str)>,
    attributes: Attributes,
    action: &'static str,
    context: Attributes,
    resource_type: &'static str,
    rows: Vec<(&'static str, Attributes)>,
}

fn ask(random: &mut Random) -> Asked {
    // One batch in three has nothing wrong: there both engines must agree to the letter.
    let odd = [1_000_000, 16, 40][random.below(3)];
    let call_odd = if random.below(2) == 0 { odd } else { 1_000_000 };
    let principal_type = match random.below(16) {
        0..10 => "User",
        10..14 => "Robot",
        14 => "Team",
        _ => "Ghost",
    };
    let resource_type = match random.below(16) {
        0..10 => "Doc",
        10..15 => "Box",
        _ => "Ghost",
    };
    let action = *random.of(&[
        "read", "read", "read", "write", "write", "share", "edit", "fly",
    ]);
    let is_known = random.below(10) > 0;
    let principal = (principal_type, *random.of(&generator::USERS));
    let mut parents = Vec::new();
    let mut attributes = Vec::new();
    if is_known {
        for team in generator::TEAMS {
            if random.below(2) == 0 && ("Team", team) != principal {
                parents.push(("Team", team));
            }
        }
        let declared: &[_] = if principal_type == "Robot" {
            &world::ROBOT
        } else {
            &world::USER
        };
        attributes = world::attributes(random, declared, call_odd);
    }
    let declared: &[_] = if resource_type == "Box" {
        &world::BOX
    } else {
        &world::DOC
    };
    let most = *random.of(&[10, 30, 130]);
    let count = 1 + random.below(most);
    let mut rows = Vec::new();
    for _ in 0..count {
        rows.push((
            *random.of(&generator::DOCS),
            world::attributes(random, declared, odd),
        ));
    }
    Asked {
        principal,
        is_known,
        parents,
        attributes,
        action,
        context: world::attributes(random, &world::CONTEXT, call_odd),
        resource_type,
        rows,
    }
}

/// What Cedar says of one row.
struct Judge {
    authorizer: Authorizer,
    actions: Vec<Entity>,
}

impl Judge {
    fn permits(&self, policies: &PolicySet, asked: &Asked, row: usize) -> bool {
        let (id, attributes) = &asked.rows[row];
        let resource = uid(asked.resource_type, id);
        let principal = uid(asked.principal.0, asked.principal.1);
        let entity = |uid, attributes: &Attributes, parents| {
            let attributes: HashMap<_, _> = attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.restricted()))
                .collect();
            Entity::new(uid, attributes, parents).unwrap()
        };
        let mut entities = self.actions.clone();
        let is_same = principal == resource;
        entities.push(entity(resource.clone(), attributes, HashSet::new()));
        if asked.is_known && !is_same {
            let parents = asked.parents.iter().map(|(of, id)| uid(of, id)).collect();
            entities.push(entity(principal.clone(), &asked.attributes, parents));
        }
        let entities = Entities::from_entities(entities, None).unwrap();
        let context = asked
            .context
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.restricted()));
        let context = Context::from_pairs(context).unwrap();
        let request = Request::new(
            principal,
            uid("Action", asked.action),
            resource,
            context,
            None,
        )
        .unwrap();
        let response = self.authorizer.is_authorized(&request, policies, &entities);
        response.decision() == Decision::Allow && response.diagnostics().errors().next().is_none()
    }
}

fn columns(program: &Program, asked: &Asked) -> Columns {
    let mut columns = Columns::new(asked.rows.len());
    for need in program.needs() {
        if !matches!(need.root, Root::Resource | Root::ResourceId) {
            continue;
        }
        let column = columns.add(need.name, need.kind, need.of);
        for (row, (id, attributes)) in asked.rows.iter().enumerate() {
            let value = match need.root {
                Root::ResourceId if need.of == asked.resource_type => Value::Entity(need.of, id),
                Root::ResourceId => Value::Other,
                _ => found(attributes, need.name).map_or(Value::Missing, Given::value),
            };
            columns.put(column, row, &value);
        }
        columns.check(column);
    }
    columns
}

fn found<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a Given> {
    attributes
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// The rule by which a row is denied that Cedar permits.
fn rule(program: &Program, residual: &Residual, asked: &Asked, row: usize) -> Option<&'static str> {
    let why = residual.why(row);
    match why.verdict {
        Verdict::Refused(Refusal::Environment) => {
            let known = program
                .environments()
                .any(|names| names == [asked.principal.0, asked.action, asked.resource_type]);
            (!known).then_some("1 unknown environment")
        }
        Verdict::Undecided => {
            let needs: Vec<_> = program.needs().collect();
            let attributes = &asked.rows[row].1;
            let of_kind = why.lacking.iter().find_map(|slot| {
                let need = needs[usize::from(*slot)];
                let given = match need.root {
                    Root::Resource => found(attributes, need.name),
                    Root::Principal => found(&asked.attributes, need.name),
                    Root::Context => found(&asked.context, need.name),
                    _ => None,
                };
                given?.is_wrong(need.kind, need.of)
            });
            let undeclared = found(attributes, "secret").is_some()
                || asked.principal.0 == "User" && found(&asked.attributes, "note").is_some()
                || asked.resource_type == "Box" && found(attributes, "size").is_some();
            let lacks = why
                .lacking
                .iter()
                .any(|slot| needs[usize::from(*slot)].root == Root::Context);
            of_kind.or((undeclared || lacks).then_some("5 against the schema"))
        }
        _ => None,
    }
}

#[test]
fn no_decision_is_laxer_than_cedars() {
    let wanted: usize =
        std::env::var("FOREBAY_REQUESTS").map_or(20_000, |count| count.parse().unwrap());
    let schema = Schema::from_str(SCHEMA).unwrap();
    let validator = Validator::new(schema.clone());
    let judge = Judge {
        authorizer: Authorizer::new(),
        actions: schema.action_entities().unwrap().iter().cloned().collect(),
    };
    let mut random = Random(5);
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut requests, mut permitted, mut policies, mut refused) = (0, 0, 0, 0);
    while requests < wanted {
        // Policies that Cedar's validator does not admit are left out.
        let mut text = String::new();
        let most = *random.of(&[2, 4, 8]);
        for _ in 0..1 + random.below(most) {
            let policy = generator::policy(&mut random);
            let set =
                PolicySet::from_str(&policy).unwrap_or_else(|error| panic!("{policy}\n{error}"));
            match validator
                .validate(&set, ValidationMode::Strict)
                .validation_passed()
            {
                true => text += &policy,
                false => refused += 1,
            }
        }
        let set = PolicySet::from_str(&text).unwrap();
        policies += set.num_of_policies();
        let source = |name, text| Source { name, text };
        let compiled = compile(source("policies", &text), source("schema", SCHEMA))
            .unwrap_or_else(|problems| panic!("{text}\n{problems:?}"));
        let program = Program::load(&compiled.bytes).unwrap();
        for _ in 0..4 {
            let asked = ask(&mut random);
            let mut columns = columns(&program, &asked);
            let values = |attributes: &Attributes| {
                attributes
                    .iter()
                    .map(|(name, value)| (*name, value.clone()))
                    .collect::<Vec<_>>()
            };
            let (attributes, context) = (values(&asked.attributes), values(&asked.context));
            let attributes: Vec<_> = attributes
                .iter()
                .map(|(name, value)| (*name, value.value()))
                .collect();
            let context: Vec<_> = context
                .iter()
                .map(|(name, value)| (*name, value.value()))
                .collect();
            let call = Call {
                principal_type: asked.principal.0,
                principal: asked.principal.1,
                parents: &asked.parents,
                attributes: &attributes,
                action: asked.action,
                context: &context,
                resource_type: asked.resource_type,
            };
            let blocks = columns.blocks();
            let residual = Residual::of_policies(&program, &mut columns, &call);
            let decisions = residual.decide(0..blocks);
            for row in 0..asked.rows.len() {
                let theirs = judge.permits(&set, &asked, row);
                let ours = decisions.yes[row / 64] >> (row % 64) & 1 == 1;
                let told = residual.why(row).verdict == Verdict::Permitted;
                let scene = || {
                    format!(
                        "{text}\n{call:?}\nrow {:?}\n{:?}\n{}",
                        asked.rows[row],
                        residual.why(row),
                        forebay::policy::listing(&program)
                    )
                };
                assert_eq!(ours, told, "{}", scene());
                assert!(theirs || !ours, "FAIL OPEN\n{}", scene());
                if theirs && !ours {
                    let rule = rule(&program, &residual, &asked, row);
                    *rules
                        .entry(rule.unwrap_or_else(|| panic!("STRICTER, no rule\n{}", scene())))
                        .or_default() += 1;
                }
                requests += 1;
                permitted += usize::from(theirs);
            }
        }
    }
    println!(
        "{requests} requests on {policies} policies ({refused} not admitted): Cedar permits {permitted}, 0 fail-open, stricter {rules:?}"
    );
    // A test in which nothing is permitted, or no rule is ever needed, would show nothing.
    assert!(permitted * 20 >= requests, "{permitted}");
    assert_eq!(rules.len(), 5, "{rules:?}");
    assert!(policies > refused, "{policies} {refused}");
}
