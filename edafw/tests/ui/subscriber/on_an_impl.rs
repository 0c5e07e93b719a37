use edafw::subscriber;
edafw::service!("shop");
#[subscriber(layer = internal)]
impl Mailer {}
struct Mailer;
fn main() {}
