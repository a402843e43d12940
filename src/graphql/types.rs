//! What is known of the schema: which type a field has, and which objects a type can be.

use super::operation::{Field, Operation};

/// The composite types and enums of a schema, as far as the manifest declares them. The default knows none.
#[derive(Clone, Debug, Default)]
pub struct Types {
    /// Sorted by name.
    declared: Vec<Type>,
    enums: Vec<Enum>,
}

/// An enum's name and its values.
type Enum = (Box<str>, Box<[Box<str>]>);

#[derive(Clone, Debug)]
pub(super) struct Type {
    pub(super) name: Box<str>,
    fields: Vec<(Box<str>, Box<str>)>,
    /// Sorted; of an object type itself alone.
    pub(super) possible: Vec<Box<str>>,
}

impl Type {
    pub(super) fn is_object(&self) -> bool {
        matches!(&*self.possible, [only] if *only == self.name)
    }
}

impl Types {
    /// Declares a type. `fields`: those of its fields that have selections of their own, each with the name of its
    /// type (without lists and `!`). `possible`: which object types an interface or union can be; nothing for an
    /// object type. The root types are called `Query`, `Mutation` and `Subscription`, whatever the schema calls them.
    #[inline(never)] // a seam: see `graphql`
    pub fn declare(&mut self, name: &str, fields: &[(&str, &str)], possible: &[&str]) {
        let itself = [name];
        let possible = if possible.is_empty() {
            &itself
        } else {
            possible
        };
        let mut objects: Vec<Box<str>> = Vec::new();
        for object in possible {
            let at = objects.partition_point(|other| **other < **object);
            if objects.get(at).is_none_or(|other| **other != **object) {
                objects.insert(at, Box::from(*object));
            }
        }
        let declared = Type {
            name: name.into(),
            fields: fields
                .iter()
                .map(|(field, type_)| (Box::from(*field), Box::from(*type_)))
                .collect(),
            possible: objects,
        };
        match self.place(name) {
            Ok(at) => self.declared[at] = declared,
            Err(at) => self.declared.insert(at, declared),
        }
    }

    /// Declares an enum with its values.
    #[inline(never)] // a seam: see `graphql`
    pub fn declare_enum(&mut self, name: &str, values: &[Box<str>]) {
        self.enums.retain(|(known, _)| **known != *name);
        self.enums.push((name.into(), values.into()));
    }

    /// The values of this enum, if it is one.
    pub(super) fn values_of(&self, name: &str) -> Option<&[Box<str>]> {
        let known = self.enums.iter().find(|(known, _)| **known == *name)?;
        Some(&known.1)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.declared
            .binary_search_by(|declared| (*declared.name).cmp(name))
    }

    pub(super) fn find(&self, name: &str) -> Option<&Type> {
        Some(&self.declared[self.place(name).ok()?])
    }

    /// The type of a field of a type.
    pub(super) fn of_field(&self, parent: &Type, field: &str) -> Option<&Type> {
        let (_, name) = parent.fields.iter().find(|(name, _)| **name == *field)?;
        self.find(name)
    }

    /// Which types of object an answer holds, and whether those are all that it tells of. A value at the root may tell of
    /// anything.
    pub(crate) fn of_answer(&self, root: &str, operation: &Operation) -> (Vec<Box<str>>, bool) {
        let mut names = Vec::new();
        let complete = self.gather(self.find(root), &operation.fields, &mut names);
        let tells_all = |field: &Field| !field.fields.is_empty() || *field.name == *"__typename";
        (names, complete && operation.fields.iter().all(tells_all))
    }

    fn gather(&self, parent: Option<&Type>, fields: &[Field], names: &mut Vec<Box<str>>) -> bool {
        let mut complete = true;
        for field in fields.iter().filter(|field| !field.fields.is_empty()) {
            let around = match field.fragments.last() {
                Some(name) => self.find(name),
                None => parent,
            };
            let type_ = around.and_then(|around| self.of_field(around, &field.name));
            let objects = type_.map_or([].as_slice(), |type_| &type_.possible);
            complete &= type_.is_some();
            for object in objects {
                if !names.contains(object) {
                    names.push(object.clone());
                }
            }
            complete &= self.gather(type_, &field.fields, names);
        }
        complete
    }

    /// Whether no object can fulfil both conditions (names of types that must all hold).
    pub(super) fn are_disjoint(&self, these: &[Box<str>], those: &[Box<str>]) -> bool {
        these.iter().any(|this| {
            those
                .iter()
                .any(|that| match (self.find(this), self.find(that)) {
                    (Some(this), Some(that)) => !this
                        .possible
                        .iter()
                        .any(|name| that.possible.contains(name)),
                    _ => false,
                })
        })
    }
}
