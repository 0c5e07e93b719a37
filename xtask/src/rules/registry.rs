//! No registry of somebody's machine.

use super::tree::{File, Tree};
use super::{Rule, Violation};

pub(super) const RULE: Rule = Rule {
    name: "registry",
    says: "Packages come from the public registries by name: where a machine gets them is set up on the machine.",
    find,
};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Keys of cargo, pip and npm that name a registry's address.
const KEYS: [&str; 8] = [
    "[source.",
    "[registries.",
    "[registry]",
    concat!("replace", "-with"),
    concat!("index", "-url"),
    concat!("PIP_", "INDEX_URL"),
    concat!("npm_config_", "registry"),
    concat!("CARGO_", "REGISTRIES_"),
];

fn find(tree: &Tree) -> Vec<Violation> {
    tree.files()
        .iter()
        .flat_map(|file| {
            let breaks = breaks_of(file);
            file.lines()
                .filter(move |(_, line)| breaks(line))
                .map(|(number, line)| Violation::at(file.path(), number, line.trim()))
        })
        .collect()
}

/// What a line of this file must not be.
fn breaks_of(file: &File) -> fn(&str) -> bool {
    match file.path().rsplit('/').next().unwrap_or_default() {
        "Cargo.lock" => {
            |line| line.strip_prefix("source = ").is_some_and(|source| source.trim_matches('"') != CRATES_IO)
        }
        "registry.rs" => |_| false,
        _ => |line| KEYS.iter().any(|key| line.contains(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_another_source_of_crates() {
        let good = format!("name = \"a\"\nsource = \"{CRATES_IO}\"\n");
        let bad = "source = \"sparse+https://crates.mirror.example/index/\"";
        let tree = Tree::of([("Cargo.lock", &good), ("fuzz/Cargo.lock", bad)]);
        assert_eq!(find(&tree), [Violation::at("fuzz/Cargo.lock", 1, bad)]);
    }

    #[test]
    fn finds_a_registry_in_a_setting() {
        for key in KEYS {
            let tree = Tree::of([("a.toml", &format!("b\n{key}\n"))]);
            assert_eq!(find(&tree), [Violation::at("a.toml", 2, key)]);
        }
    }
}
