//! The directory with the files of a service's contracts.

use std::collections::BTreeMap;
use std::io::ErrorKind as Io;
use std::path::{Path, PathBuf};

use edafw_core::{Error, ErrorKind, Result};

use super::contract::Contract;

/// A file that was read, with its text.
pub(super) struct Accepted {
    pub(super) contract: Contract,
    pub(super) text: String,
}

/// The contracts of a directory, by name and version.
pub(super) type Contracts = BTreeMap<(String, u32), Accepted>;

/// Reads every file whose name is one of a contract, `NAME.vN.json`; others are left alone. `None` without the
/// directory.
///
/// # Errors
/// A file cannot be read, is no contract, or is another one than its name says.
pub(super) fn read(directory: &Path) -> Result<Option<Contracts>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == Io::NotFound => return Ok(None),
        Err(error) => return Err(unusable(directory, "cannot be read").caused_by(error)),
    };
    let mut contracts = Contracts::new();
    for entry in entries {
        let path = entry.map_err(|error| unusable(directory, "cannot be read").caused_by(error))?.path();
        let Some(file_name) =
            path.file_name().and_then(|name| name.to_str()).filter(|name| is_contract(name))
        else {
            continue;
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|error| unusable(&path, "cannot be read").caused_by(error))?;
        let contract = Contract::parse(&text).map_err(|mistake| unusable(&path, &mistake))?;
        if contract.file_name() != file_name {
            let mistake =
                format!("holds the contract {}, whose file is `{}`", contract.title(), contract.file_name());
            return Err(unusable(&path, &mistake));
        }
        contracts.insert((contract.name.clone(), contract.version), Accepted { contract, text });
    }
    Ok(Some(contracts))
}

/// Writes the file of a contract, and makes the directory where it is missing.
///
/// # Errors
/// The directory or the file cannot be written.
pub(super) fn write(directory: &Path, contract: &Contract) -> Result<()> {
    let path = file(directory, contract);
    std::fs::create_dir_all(directory)
        .and_then(|()| std::fs::write(&path, contract.to_text()))
        .map_err(|error| unusable(&path, "cannot be written").caused_by(error))
}

/// Removes the file of a contract.
///
/// # Errors
/// It cannot be removed.
pub(super) fn remove(directory: &Path, contract: &Contract) -> Result<()> {
    let path = file(directory, contract);
    std::fs::remove_file(&path).map_err(|error| unusable(&path, "cannot be removed").caused_by(error))
}

fn file(directory: &Path, contract: &Contract) -> PathBuf {
    directory.join(contract.file_name())
}

/// `NAME.vN.json`
fn is_contract(file_name: &str) -> bool {
    let version = file_name.strip_suffix(".json").and_then(|stem| stem.rsplit_once(".v"));
    version.is_some_and(|(name, version)| !name.is_empty() && version.parse::<u32>().is_ok())
}

fn unusable(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("`{}` {what}", path.display()))
}
