//! What was written behind a command.

/// Arguments, each taken once.
pub(super) struct Arguments {
    left: Vec<String>,
}

impl Arguments {
    pub(super) fn new(arguments: &[String]) -> Arguments {
        Arguments {
            left: arguments.to_vec(),
        }
    }

    /// The value behind an option.
    pub(super) fn option(&mut self, name: &str) -> Option<String> {
        let at = self.left.iter().position(|argument| argument == name)?;
        if at + 1 == self.left.len() {
            return None;
        }
        self.left.remove(at);
        Some(self.left.remove(at))
    }

    /// The values behind an option that may be there several times.
    pub(super) fn options(&mut self, name: &str) -> Vec<String> {
        std::iter::from_fn(|| self.option(name)).collect()
    }

    /// Whether an option without a value is there.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        let at = self.left.iter().position(|argument| argument == name);
        at.map(|at| self.left.remove(at)).is_some()
    }

    /// What is left: files, as many as there must be.
    pub(super) fn end<const N: usize>(self) -> Result<[String; N], String> {
        if let Some(option) = self.left.iter().find(|argument| argument.starts_with('-')) {
            return Err(format!(
                "{option} is not known here, is there twice, or lacks its value; see `forebay model --help`"
            ));
        }
        let count = self.left.len();
        self.left.try_into().map_err(|_| {
            format!("{N} files are needed, {count} were given; see `forebay model --help`")
        })
    }
}
