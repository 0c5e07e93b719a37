//! Where something is declared, as a catalogue tells it.

/// How exactly places are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Places {
    /// The file: the same whatever is written above the annotation, and on every machine.
    Files,
    /// File and line, to go there.
    Lines,
}

impl Places {
    /// The place of an annotation, which says `file:line`.
    pub(crate) fn of(self, location: &str) -> String {
        match self {
            Self::Lines => location.to_owned(),
            Self::Files => {
                let file = location.rsplit_once(':').map_or(location, |(file, _)| file);
                from_the_crate(&file.replace('\\', "/")).to_owned()
            }
        }
    }
}

/// The compiler names files of the workspace from its root, all others from the machine's. Of these the part is kept that
/// begins with the directory of their crate.
fn from_the_crate(file: &str) -> &str {
    let is_absolute = file.starts_with('/') || file.get(1..2) == Some(":");
    let source = file.rfind("/src/").filter(|_| is_absolute);
    source.and_then(|end| file[..end].rfind('/')).map_or(file, |slash| &file[slash + 1..])
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn files_are_named_alike_on_every_machine() {
        for (location, file) in [
            ("examples/permits/src/events.rs:12", "examples/permits/src/events.rs"),
            ("src\\events.rs:7", "src/events.rs"),
            ("/srv/cargo/registry/src/index/orders-1.2.0/src/paid/mod.rs:3", "orders-1.2.0/src/paid/mod.rs"),
            ("C:\\code\\orders\\src\\lib.rs:3", "orders/src/lib.rs"),
            ("/srv/build.rs:3", "/srv/build.rs"),
        ] {
            assert_eq!(Places::Files.of(location), file);
        }
        assert_eq!(Places::Lines.of("src/events.rs:7"), "src/events.rs:7");
    }
}
