//! What cannot be compiled is said with its place and what to do, and nothing is written.

use forebay::policy::{Source, compile};

const SCHEMA: &str = include_str!("../data/policy/world.cedarschema");

fn problems(policies: &str, schema: &str) -> Vec<String> {
    let source = |name, text| Source { name, text };
    let problems = compile(
        source("some.cedar", policies),
        source("some.cedarschema", schema),
    )
    .expect_err(policies);
    problems.iter().map(ToString::to_string).collect()
}

/// A condition that cannot be compiled for a user who reads a document, and words of what is said about it.
const CONDITIONS: [(&str, &str, &str); 15] = [
    (
        "resource.level + 1 == 3",
        "arithmetic",
        "^^^^^^^^^^^^^^^^^^",
    ),
    ("-resource.level == 3", "arithmetic", "^^^^^^^^^^^^^^^"),
    (
        "resource.owner.level == 3",
        "more than one deep",
        "give it an attribute there",
    ),
    (
        "resource.owner has nick",
        "more than one deep",
        "^^^^^^^^^^^^^^^^^^^^^^^",
    ),
    (
        "resource has shape.width",
        "more than one deep",
        "^^^^^^^^^^^^^^^^^^^^^^^^",
    ),
    (
        "resource has shape && resource.shape.width == 1",
        "more than one deep",
        "resource.shape.width",
    ),
    (
        "resource has shape && resource.shape == {width: 1}",
        "is a record",
        "an attribute of its own",
    ),
    (
        "User::\"ann\".level == 1",
        "of principal, resource and context only",
        "no other entities",
    ),
    (
        "resource in Doc::\"d\"",
        "in which groups the principal is",
        "compare with `==`",
    ),
    (
        "resource.owner in Team::\"t\"",
        "in which groups the principal is",
        "with an attribute that says to what it belongs",
    ),
    (
        "[resource.owner, principal].contains(principal.lead)",
        "must be written out",
        "a == x || a == y",
    ),
    (
        "(if context.mfa then resource.level else 1) == 2",
        "cannot stand for a value",
        "let its branches be conditions",
    ),
    (
        "resource.level == 9007199254740992",
        "greater than a page can hold",
        "9007199254740991",
    ),
    (
        "(resource.level == 1) == context.mfa",
        "cannot be computed in a page",
        "operands are literals",
    ),
    (
        "resource.note == \"x\"",
        "optional attribute `note`",
        "has note",
    ),
];

#[test]
fn conditions_that_a_page_cannot_compute_are_problems() {
    for (condition, what, more) in CONDITIONS {
        let policy = format!(
            "permit (principal is User, action, resource is Doc);\n\
             permit (principal is User, action == Action::\"read\", resource is Doc)\n\
             when {{ {condition} }};\n"
        );
        let problems = problems(&policy, SCHEMA);
        assert_eq!(problems.len(), 1, "{problems:?}");
        let problem = &problems[0];
        for part in [what, more, "some.cedar:3:", "\n3 | when { "] {
            assert!(problem.contains(part), "{part}\n{problem}");
        }
    }
}

#[test]
fn a_problem_shows_the_line_and_what_to_do() {
    let policies = "@id(\"a\")\npermit (principal is User, action, resource is Doc)\n\twhen { resource.owner.level == 3 };\n";
    let expected = "\
this attribute is more than one deep
  --> some.cedar:3:9
  |
3 | \twhen { resource.owner.level == 3 };
  | \t       ^^^^^^^^^^^^^^^^^^^^
  = help: a page knows the attributes of principal, resource and context, and not those of what they name: give it an attribute there
";
    assert_eq!(problems(policies, SCHEMA), [expected]);
}

#[test]
fn whole_policies_that_cannot_be_compiled_are_problems() {
    let of = |policies: &str| problems(policies, SCHEMA).concat();
    let template = of("permit (principal == ?principal, action, resource is Doc);");
    assert!(template.contains("templates"), "{template}");
    let twice = of(
        "@id(\"a\") permit (principal, action, resource);\n@id(\"a\") forbid (principal, action, resource);",
    );
    assert!(twice.contains("line 1 has the id \"a\" too"), "{twice}");
    assert!(twice.contains("some.cedar:2:1"), "{twice}");
    let scope = of("permit (principal, action, resource in Doc::\"d\");");
    assert!(scope.contains("some.cedar:1:1"), "{scope}");
    let syntax = of("permit (principal, action);");
    assert!(syntax.contains("some.cedar:1:"), "{syntax}");
    let names = of("permit (principal is Nobody, action, resource);");
    assert!(names.contains("Nobody"), "{names}");
}

#[test]
fn schemas_that_cannot_be_used_are_problems() {
    let policy = "permit (principal, action, resource);";
    let syntax = problems(policy, "entity ;").concat();
    assert!(syntax.contains("some.cedarschema:1:"), "{syntax}");
    let json = problems(policy, "{ \"\": 7 }").concat();
    assert!(json.contains("some.cedarschema"), "{json}");
    let twice = "namespace A { entity U; action go appliesTo { principal: U, resource: U }; }\n\
                 namespace B { entity U; action go appliesTo { principal: U, resource: U }; }";
    let twice = problems(policy, twice).concat();
    assert!(twice.contains("have the same id"), "{twice}");
}

/// What is decided by types alone costs the page nothing.
#[test]
fn what_an_environment_decides_is_not_in_the_program() {
    let source = |name, text| Source { name, text };
    let policies = "permit (principal is User in Team::\"t\", action in Action::\"edit\", resource is Doc)\n\
                    when { resource is Box || action == Action::\"write\" };";
    let compiled = compile(source("p", policies), source("s", SCHEMA)).unwrap();
    let summary = &compiled.policies[0];
    assert_eq!((summary.environments, summary.steps), (1, 1));
    assert_eq!(
        (summary.line, &*summary.id, summary.forbids),
        (1, "policy0", false)
    );
}
