//! What cargo knows about the members of this workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::cargo;

/// A member of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its directory, relative to the workspace's root, with `/` between the parts.
    pub(crate) directory: String,
    /// Whether it may go to a registry.
    pub(crate) published: bool,
    pub(crate) features: Vec<String>,
    /// What it asks for of other crates, members or not.
    pub(crate) dependencies: Vec<Dependency>,
}

/// A crate that a member depends on.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// For tests and examples alone.
    pub(crate) dev: bool,
}

/// The directory of the workspace.
///
/// # Errors
/// When this was not started by `cargo xtask`.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask`")?;
    Ok(Path::new(&manifest).parent().context("xtask has no parent directory")?.to_owned())
}

/// Where cargo puts what it compiles.
///
/// # Errors
/// When `cargo metadata` fails or answers in a shape that is not known.
pub(crate) fn target_directory() -> Result<PathBuf> {
    let text = cargo(["metadata", "--format-version=1", "--no-deps"]).output()?;
    let metadata: Value = serde_json::from_str(&text)?;
    Ok(PathBuf::from(string(&metadata["target_directory"])?))
}

/// The members, in cargo's order.
///
/// # Errors
/// When `cargo metadata` fails or answers in a shape that is not known.
pub(crate) fn packages() -> Result<Vec<Package>> {
    let text = cargo(["metadata", "--format-version=1", "--no-deps"]).output()?;
    parse(&text, &root()?).context("`cargo metadata` answers in a shape that is not known")
}

fn parse(text: &str, root: &Path) -> Result<Vec<Package>> {
    let metadata: Value = serde_json::from_str(text)?;
    list(&metadata["packages"])?.iter().map(|package| package_of(package, root)).collect()
}

fn package_of(package: &Value, root: &Path) -> Result<Package> {
    let manifest = Path::new(string(&package["manifest_path"])?);
    let directory = manifest.parent().context("a manifest stands in a directory")?.strip_prefix(root)?;
    Ok(Package {
        name: string(&package["name"])?.to_owned(),
        directory: directory.to_string_lossy().replace('\\', "/"),
        published: package["publish"].as_array().is_none_or(|registries| !registries.is_empty()),
        features: package["features"].as_object().context("features")?.keys().cloned().collect(),
        dependencies: list(&package["dependencies"])?
            .iter()
            .map(|dependency| {
                Ok(Dependency {
                    name: string(&dependency["name"])?.to_owned(),
                    dev: dependency["kind"].as_str() == Some("dev"),
                })
            })
            .collect::<Result<_>>()?,
    })
}

fn list(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().context("expected a list")
}

fn string(value: &Value) -> Result<&str> {
    value.as_str().context("expected a string")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_this_package_with_its_dependencies() {
        let packages = packages().unwrap();
        let xtask = packages.iter().find(|package| package.name == "xtask").unwrap();
        assert_eq!(xtask.directory, "xtask");
        assert!(!xtask.published);
        assert!(xtask.dependencies.iter().any(|dependency| dependency.name == "anyhow" && !dependency.dev));
    }

    #[test]
    fn a_package_without_publish_is_published() {
        let text = r#"{"packages": [{"name": "a", "manifest_path": "/r/a/Cargo.toml", "publish": null,
            "features": {"x": []}, "dependencies": [{"name": "b", "kind": "dev"}]}]}"#;
        let packages = parse(text, Path::new("/r")).unwrap();
        assert!(packages[0].published);
        assert_eq!(packages[0].directory, "a");
        assert_eq!(packages[0].features, ["x"]);
        assert!(packages[0].dependencies[0].dev);
    }
}
