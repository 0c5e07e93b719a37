-- Who belongs to a family, and who is about to: then `joining` names the attempt. A member of a family has the number
-- of the verification that it joined with.
create table if not exists membership (
    member_no    integer primary key,
    family_no    integer not null,
    joining      text,
    verification integer,
    check ((joining is null) = (verification is not null))
) strict;

create index if not exists membership_family on membership (family_no, member_no);
