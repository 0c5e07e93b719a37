//! What the rules look at: the files of the workspace and its packages.

use std::cell::OnceCell;

use anyhow::{Context, Result};
use proc_macro2::TokenStream;

use crate::command::Command;
use crate::workspace::{self, Package};

/// The workspace as the rules see it.
pub(super) struct Tree {
    files: Vec<File>,
    packages: Vec<Package>,
}

/// A text file.
pub(super) struct File {
    path: String,
    text: String,
    tokens: OnceCell<TokenStream>,
}

impl Tree {
    /// Reads all text files that git tracks, or would track if they were added.
    pub(super) fn read() -> Result<Self> {
        let root = workspace::root()?;
        let list = Command::new("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .context("the house rules look at the files that git tracks")?;
        let mut files = Vec::new();
        for path in list.split_terminator('\0') {
            // What is no file (removed but still tracked, or a link to a directory) and what is no text.
            let Ok(bytes) = std::fs::read(root.join(path)) else { continue };
            let Ok(text) = String::from_utf8(bytes) else { continue };
            files.push(File::new(path, text));
        }
        Ok(Self { files, packages: workspace::packages()? })
    }

    pub(super) fn files(&self) -> &[File] {
        &self.files
    }

    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether `path` is a file, or a directory with files in it.
    pub(super) fn has(&self, path: &str) -> bool {
        let directory = format!("{path}/");
        path.is_empty()
            || self.files.iter().any(|file| file.path == path || file.path.starts_with(&directory))
    }

    pub(super) fn rust_files(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }

    pub(super) fn packages(&self) -> &[Package] {
        &self.packages
    }
}

impl File {
    fn new(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), text, tokens: OnceCell::new() }
    }

    /// Relative to the workspace's root, with `/` between the parts.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The lines with their numbers, from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    pub(super) fn has_extension(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, own)| own == extension)
    }

    pub(super) fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    /// Whether the whole file is there for tests: it lies below a directory `tests`, or is a module `tests`.
    pub(super) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }

    /// The file as Rust's tokens: strings and comments are never mistaken for code.
    ///
    /// Empty if the compiler would not read it either.
    pub(super) fn tokens(&self) -> TokenStream {
        self.tokens.get_or_init(|| self.text.parse().unwrap_or_default()).clone()
    }
}

#[cfg(test)]
impl Tree {
    /// A tree of these paths and texts, without packages.
    pub(super) fn of<const N: usize>(files: [(&str, &str); N]) -> Self {
        let files = files.map(|(path, text)| File::new(path, text.to_owned())).into();
        Self { files, packages: Vec::new() }
    }

    pub(super) fn with_packages(self, packages: Vec<Package>) -> Self {
        Self { packages, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_this_workspace() {
        let tree = Tree::read().unwrap();
        assert!(tree.file("xtask/src/rules/tree.rs").unwrap().text().contains("fn reads_this_workspace"));
        assert!(tree.has("xtask/src"));
        assert!(!tree.has("xtask/sr"));
        assert!(tree.files().iter().all(|file| !file.path().starts_with("target/")));
    }

    #[test]
    fn knows_a_test_by_its_path() {
        let tree = Tree::of([
            ("edafw/tests/order.rs", ""),
            ("tests/src/crash.rs", ""),
            ("edafw-core/src/envelope/tests.rs", ""),
            ("edafw/src/contests.rs", ""),
        ]);
        let tests: Vec<_> = tree.files().iter().map(File::is_test).collect();
        assert_eq!(tests, [true, true, true, false]);
    }
}
