//! `catalogue`: where every event arises and where it goes, as a document. Needs no database.

use std::fmt::{Display, Formatter};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};
use edafw_core::{Backend, Error, Result};
use serde::Serialize;
use serde_json::Value;

use super::exit::Exit;
use super::output::Output;
use crate::catalogue::CatalogueFormat;
use crate::{AppBuilder, Catalogue};

pub(super) fn command() -> Command {
    let file = |name: &'static str| {
        Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf))
    };
    Command::new("catalogue")
        .about("Write down where every event arises and where it goes; needs no database")
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(CatalogueFormat::ALL.map(CatalogueFormat::as_str))
                .help("Markdown with Mermaid diagrams (the default), AsyncAPI 3.0, or plain data"),
        )
        .arg(
            Arg::new("app-version")
                .long("app-version")
                .value_name("VERSION")
                .help("The service's own version, for AsyncAPI; 0.0.0 otherwise"),
        )
        .arg(file("output").conflicts_with("check").help("Write it there, instead of printing it"))
        .arg(file("check").help("Compare it with this file; exits with 3 if they differ"))
}

pub(super) fn run<B: Backend>(app: &AppBuilder<B>, matches: &ArgMatches, output: Output) -> Result<Exit> {
    let format = match matches.get_one::<String>("format") {
        Some(name) => name.parse()?,
        None if output.is_json() => CatalogueFormat::Json,
        None => CatalogueFormat::Markdown,
    };
    let mut catalogue = app.catalogue();
    if let Some(version) = matches.get_one::<String>("app-version") {
        catalogue = catalogue.with_version(version);
    }
    let file = |name| matches.get_one::<PathBuf>(name).map(PathBuf::as_path);
    if let Some(file) = file("output") {
        return write(&catalogue, format, file, output);
    }
    if let Some(file) = file("check") {
        return check(&catalogue, format, file, output);
    }
    if format == CatalogueFormat::Markdown && output.is_json() {
        return Err(Error::configuration(
            "`--json` and `--format markdown` ask for two things; give one of them",
        ));
    }
    output.print(&Printed(catalogue.print(format)));
    Ok(Exit::Done)
}

fn write(catalogue: &Catalogue, format: CatalogueFormat, file: &Path, output: Output) -> Result<Exit> {
    std::fs::write(file, catalogue.print(format)).map_err(|error| {
        Error::configuration(format!("{} cannot be written", file.display())).caused_by(error)
    })?;
    output.print(&Written { file, format: format.as_str() });
    Ok(Exit::Done)
}

fn check(catalogue: &Catalogue, format: CatalogueFormat, file: &Path, output: Output) -> Result<Exit> {
    let difference = catalogue.difference(format, file)?;
    let exit = if difference.is_some() { Exit::Differs } else { Exit::Done };
    output.print(&Checked { file, format: format.as_str(), difference });
    Ok(exit)
}

/// The document itself. For programs it is JSON already.
struct Printed(String);

impl Serialize for Printed {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let document: Value = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        document.serialize(to)
    }
}

impl Display for Printed {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
    format: &'static str,
}

impl Display for Written<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "wrote {}", self.file.display())
    }
}

#[derive(Serialize)]
struct Checked<'a> {
    file: &'a Path,
    format: &'static str,
    difference: Option<String>,
}

impl Display for Checked<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { file, format, difference } = self;
        let file = file.display();
        match difference {
            None => writeln!(f, "{file} is what the code declares"),
            Some(difference) => writeln!(
                f,
                "{file} is not what the code declares; `catalogue --format {format} --output {file}` writes it again\n\
                 {difference}"
            ),
        }
    }
}
