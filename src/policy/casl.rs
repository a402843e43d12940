//! Rules of CASL (the JavaScript library), raw or packed, as policies in Cedar's language.
//!
//! In CASL the last rule that matches decides. So each rule that permits becomes a policy, `unless` a later rule that
//! forbids matches; nothing else is needed. Rules with `fields` are about the action `view.salary` for the field `salary`
//! of the action `view`; as in CASL, one that permits fields permits the action too, and one that forbids fields does not
//! forbid it.
//!
//! Stricter than in CASL is what is said of values that are missing. There a rule that forbids `{ "state": "closed" }`
//! does not match an item without a state, and so it is shown; here a test of a missing value counts against showing the
//! item, in either kind of rule, whatever the operator. `$exists` is the way to ask for it (what is `undefined` does not).
//! The logical operators mean what they mean in MongoDB, whether or not the CASL that made the rules has them turned on.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Actions by name, each with the types of its resources.
pub type Actions = BTreeMap<String, BTreeSet<String>>;

/// A rule as it is meant.
struct Rule {
    /// Its place in the file, for people: `rule 3`.
    place: String,
    actions: BTreeSet<String>,
    types: BTreeSet<String>,
    conditions: Map<String, Value>,
    forbids: bool,
    reason: Option<String>,
}

/// Writes rules as policies. An error says which rule cannot be written so that it means the same, and why.
pub fn cedar_of(rules: &str, actions: &Actions) -> Result<String, String> {
    let rules: Value =
        serde_json::from_str(rules).map_err(|wrong| format!("is no JSON: {wrong}"))?;
    let rules = rules.as_array().ok_or("must be a list of rules")?;
    let rules = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| read(rule, at + 1, actions))
        .collect::<Result<Vec<_>, _>>()?;
    let mut out = String::new();
    for (at, rule) in rules.iter().enumerate() {
        if !rule.forbids {
            permit(rule, &rules[at + 1..], actions, &mut out)?;
        }
    }
    Ok(out)
}

/// One policy for each type and each set of rules that may forbid it.
fn permit(rule: &Rule, later: &[Rule], actions: &Actions, out: &mut String) -> Result<(), String> {
    let when = all(&rule.conditions, Mode::permitting()).map_err(|wrong| rule.wrong(&wrong))?;
    let mut count = 0;
    for of in &rule.types {
        let mut groups: BTreeMap<Vec<usize>, Vec<&str>> = BTreeMap::new();
        for action in &rule.actions {
            if actions.get(action).is_some_and(|types| types.contains(of)) {
                let covers = |rule: &Rule| {
                    rule.forbids && rule.types.contains(of) && rule.actions.contains(action)
                };
                let forbidding = (0..later.len()).filter(|at| covers(&later[*at])).collect();
                groups.entry(forbidding).or_default().push(action);
            }
        }
        for (forbidding, actions) in groups {
            count += 1;
            let id = format!(
                "{}{}",
                rule.place,
                if count > 1 {
                    format!(" ({count})")
                } else {
                    String::new()
                }
            );
            let _ = writeln!(out, "@id({})", quoted(&id));
            if let Some(reason) = &rule.reason {
                let _ = writeln!(out, "@note({})", quoted(reason));
            }
            let actions: Vec<String> = actions
                .iter()
                .map(|action| format!("Action::{}", quoted(action)))
                .collect();
            let _ = write!(
                out,
                "permit (principal, action in [{}], resource is {of})",
                actions.join(", ")
            );
            if when != "true" {
                let _ = write!(out, "\nwhen {{ {when} }}");
            }
            for at in forbidding {
                let rule = &later[at];
                let unless = all(&rule.conditions, Mode::forbidding())
                    .map_err(|wrong| rule.wrong(&wrong))?;
                let _ = write!(out, "\nunless {{ {unless} }}");
            }
            out.push_str(";\n\n");
        }
    }
    match count {
        0 => Err(rule.wrong("is about no action and type that the schema puts together")),
        _ => Ok(()),
    }
}

impl Rule {
    fn wrong(&self, what: &str) -> String {
        format!("{}: {what}", self.place)
    }
}

fn read(rule: &Value, number: usize, actions: &Actions) -> Result<Rule, String> {
    let place = format!("rule {number}");
    let wrong = |what: String| format!("{place}: {what}");
    let rule = match rule {
        Value::Object(raw) => raw.clone(),
        Value::Array(packed) => unpacked(packed).map_err(|what| wrong(what.into()))?,
        _ => return Err(wrong("must be an object, or a list if it is packed".into())),
    };
    let known = [
        "action",
        "subject",
        "fields",
        "conditions",
        "inverted",
        "reason",
    ];
    if let Some(other) = rule.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(wrong(format!("`{other}` is nothing that a rule has")));
    }
    let forbids = match rule.get("inverted") {
        None => false,
        Some(value) => value
            .as_bool()
            .ok_or_else(|| wrong("`inverted` must be true or false".into()))?,
    };
    let conditions = match rule.get("conditions") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(conditions)) => conditions.clone(),
        Some(_) => return Err(wrong("`conditions` must be an object".into())),
    };
    let fields = texts(rule.get("fields"), "fields").map_err(wrong)?;
    let named = texts(rule.get("action"), "action")
        .map_err(wrong)?
        .ok_or_else(|| wrong("`action` is missing".into()))?;
    let mut covered = BTreeSet::new();
    for name in &named {
        let some = covered_by(name, fields.as_deref(), forbids, actions).map_err(wrong)?;
        covered.extend(some);
    }
    let every = || actions.values().flatten().cloned().collect::<BTreeSet<_>>();
    let subjects = texts(rule.get("subject"), "subject").map_err(wrong)?;
    let mut types = BTreeSet::new();
    for subject in subjects.unwrap_or_else(|| vec!["all".into()]) {
        match subject.as_str() {
            "all" => types.extend(every()),
            _ if every().contains(&subject) => {
                types.insert(subject);
            }
            _ => {
                return Err(wrong(format!(
                    "the schema has no resource of the type `{subject}`"
                )));
            }
        }
    }
    let reason = rule
        .get("reason")
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(Rule {
        actions: covered,
        types,
        conditions,
        forbids,
        reason,
        place,
    })
}

/// Of the schema's actions those that are meant: the action itself and those of its fields.
fn covered_by(
    name: &str,
    fields: Option<&[String]>,
    forbids: bool,
    actions: &Actions,
) -> Result<Vec<String>, String> {
    let is_field_of = |whole: &str, action: &str| {
        action
            .strip_prefix(whole)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    let whole: Vec<&String> = match name {
        "manage" => actions
            .keys()
            .filter(|action| !actions.keys().any(|other| is_field_of(other, action)))
            .collect(),
        _ => actions.keys().filter(|action| *action == name).collect(),
    };
    if whole.is_empty() {
        return Err(format!("the schema has no action `{name}`"));
    }
    let mut covered = Vec::new();
    for action in &whole {
        if fields.is_none() || !forbids {
            covered.push((*action).clone());
        }
        match fields {
            None => covered.extend(
                actions
                    .keys()
                    .filter(|other| is_field_of(action, other))
                    .cloned(),
            ),
            Some(fields) => covered.extend(
                fields
                    .iter()
                    .map(|field| format!("{action}.{field}"))
                    .filter(|own| actions.contains_key(own)),
            ),
        }
    }
    for field in fields.unwrap_or_default() {
        if !whole
            .iter()
            .any(|action| actions.contains_key(&format!("{action}.{field}")))
        {
            return Err(format!(
                "the field `{field}` needs an action of its own in the schema: `{}.{field}`",
                whole[0]
            ));
        }
    }
    Ok(covered)
}

/// A rule of `packRules`: actions, subjects, conditions, inverted, fields, reason; what is not there is 0 or missing.
fn unpacked(packed: &[Value]) -> Result<Map<String, Value>, &'static str> {
    let mut rule = Map::new();
    if packed.len() > 6 {
        return Err("a packed rule has six parts at most");
    }
    for (name, value) in [
        "action",
        "subject",
        "conditions",
        "inverted",
        "fields",
        "reason",
    ]
    .iter()
    .zip(packed)
    {
        let nothing = [Value::from(0), Value::from(""), Value::Null].contains(value);
        let value = match (*name, value) {
            ("inverted", value) => Value::from(!nothing && *value == 1),
            _ if nothing => continue,
            ("action" | "subject" | "fields", Value::String(names)) => {
                names.split(',').map(Value::from).collect()
            }
            (_, value) => value.clone(),
        };
        rule.insert((*name).into(), value);
    }
    Ok(rule)
}

/// A text or some; `None` where there is nothing.
fn texts(value: Option<&Value>, what: &str) -> Result<Option<Vec<String>>, String> {
    let wrong = || format!("`{what}` must be a text or a list of texts");
    let values = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(values)) if !values.is_empty() => values.clone(),
        Some(value) => vec![value.clone()],
    };
    let texts = values
        .iter()
        .map(|value| value.as_str().map(str::to_owned))
        .collect::<Option<Vec<_>>>();
    texts.map(Some).ok_or_else(wrong)
}

/// How conditions are read: whether the opposite is meant, and what a test of a missing value comes to.
#[derive(Clone, Copy)]
struct Mode {
    negated: bool,
    missing: bool,
}

impl Mode {
    /// What is missing does not permit.
    fn permitting() -> Mode {
        Mode {
            negated: false,
            missing: false,
        }
    }

    /// What is missing forbids.
    fn forbidding() -> Mode {
        Mode {
            negated: false,
            missing: true,
        }
    }

    fn not(self) -> Mode {
        Mode {
            negated: !self.negated,
            ..self
        }
    }

    /// All or one of some conditions.
    fn joined(self, parts: Vec<String>, all: bool) -> String {
        let all = all != self.negated;
        match parts.len() {
            0 => all.to_string(),
            1 => parts.concat(),
            _ => format!("({})", parts.join(if all { " && " } else { " || " })),
        }
    }
}

/// All members of a condition's object.
fn all(conditions: &Map<String, Value>, mode: Mode) -> Result<String, String> {
    let mut parts = Vec::new();
    for (name, value) in conditions {
        parts.push(match name.as_str() {
            "$and" => several(name, value, mode, true)?,
            "$or" => several(name, value, mode, false)?,
            "$nor" => several(name, value, mode.not(), false)?,
            "$not" => match value {
                Value::Object(conditions) => all(conditions, mode.not())?,
                _ => return Err("`$not` must have an object".into()),
            },
            _ if name.starts_with('$') => return Err(unknown(name)),
            _ => field(name, value, mode)?,
        });
    }
    Ok(mode.joined(parts, true))
}

fn several(name: &str, value: &Value, mode: Mode, is_all: bool) -> Result<String, String> {
    let wrong = || format!("`{name}` must have a list of conditions");
    let list = value
        .as_array()
        .filter(|list| !list.is_empty())
        .ok_or_else(wrong)?;
    let mut parts = Vec::new();
    for one in list {
        parts.push(all(one.as_object().ok_or_else(wrong)?, mode)?);
    }
    Ok(mode.joined(parts, is_all))
}

fn unknown(name: &str) -> String {
    format!(
        "`{name}` cannot be written in Cedar so that a page could decide it; known are $eq, $ne, $lt, $lte, $gt, $gte, $in, $nin, $all, $exists, $and, $or, $nor and $not"
    )
}

/// What is asked of a field: a value that it must be, or an object of operators.
fn field(name: &str, value: &Value, mode: Mode) -> Result<String, String> {
    if name.contains('.') {
        return Err(format!(
            "`{name}`: fields within fields cannot be read in the page; give the rows a field of their own for it"
        ));
    }
    let Some(operators) = value.as_object() else {
        return test(name, "$eq", value, mode);
    };
    if operators.is_empty() {
        return Err(format!(
            "`{name}` is compared with an object, which Cedar does not"
        ));
    }
    let mut parts = Vec::new();
    for (operator, value) in operators {
        parts.push(match (operator.as_str(), value) {
            ("$not", Value::Object(_)) => field(name, value, mode.not())?,
            _ => test(name, operator, value, mode)?,
        });
    }
    Ok(mode.joined(parts, true))
}

/// One operator of a field.
fn test(name: &str, operator: &str, value: &Value, mode: Mode) -> Result<String, String> {
    let place = |what: &str| format!("`{name}`: {what}");
    let has = format!("resource has {}", quoted(name));
    let it = format!("resource[{}]", quoted(name));
    let text = match operator {
        "$exists" => {
            let wanted = value
                .as_bool()
                .ok_or_else(|| place("`$exists` must be true or false"))?;
            return Ok(if wanted == mode.negated {
                format!("!({has})")
            } else {
                has
            });
        }
        "$eq" => format!("{it} == {}", literal(value).map_err(|wrong| place(&wrong))?),
        "$ne" => format!("{it} != {}", literal(value).map_err(|wrong| place(&wrong))?),
        "$lt" | "$lte" | "$gt" | "$gte" => {
            if value.as_i64().is_none() {
                return Err(place(&format!(
                    "`{operator}` compares whole numbers only, since Cedar orders nothing else"
                )));
            }
            let sign = match operator {
                "$lt" => "<",
                "$lte" => "<=",
                "$gt" => ">",
                _ => ">=",
            };
            format!(
                "{it} {sign} {}",
                literal(value).map_err(|wrong| place(&wrong))?
            )
        }
        "$in" | "$nin" => {
            let set = set(value).map_err(|wrong| place(&format!("`{operator}`: {wrong}")))?;
            format!(
                "{}{set}.contains({it})",
                if operator == "$nin" { "!" } else { "" }
            )
        }
        "$all" => format!(
            "{it}.containsAll({})",
            set(value).map_err(|wrong| place(&format!("`$all`: {wrong}")))?
        ),
        _ => return Err(place(&unknown(operator))),
    };
    let text = if mode.negated {
        format!("!({text})")
    } else {
        text
    };
    Ok(match mode.missing {
        true => format!("(if {has} then {text} else true)"),
        false => format!("({has} && {text})"),
    })
}

fn set(value: &Value) -> Result<String, String> {
    let values = value
        .as_array()
        .filter(|values| !values.is_empty())
        .ok_or("must be a list of values")?;
    let values = values.iter().map(literal).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("[{}]", values.join(", ")))
}

fn literal(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(quoted(text)),
        Value::Bool(flag) => Ok(flag.to_string()),
        // Cedar has no sign for literals that the page's numbers could not hold.
        Value::Number(number)
            if number
                .as_i64()
                .is_some_and(|whole| whole.unsigned_abs() < 1 << 53) =>
        {
            Ok(number.to_string())
        }
        Value::Number(number) => Err(format!(
            "{number} is no whole number below 2⁵³, and Cedar knows no others"
        )),
        Value::Null => {
            Err("null is no value in Cedar; ask with `$exists` whether there is one".into())
        }
        _ => Err(
            "is compared with a list or an object, which does not mean the same in Cedar".into(),
        ),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if character.is_control() => out.extend(character.escape_unicode()),
            _ => out.push(character),
        }
    }
    out + "\""
}
