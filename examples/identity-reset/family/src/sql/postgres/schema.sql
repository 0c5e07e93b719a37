-- Two processes that start at once would both find the table missing.
select pg_advisory_xact_lock(4712);

-- Who belongs to a family, and who is about to: then `joining` names the attempt. A member of a family has the number
-- of the verification that it joined with.
create table if not exists membership (
    member_no    bigint primary key,
    family_no    bigint not null,
    joining      text,
    verification bigint,
    check ((joining is null) = (verification is not null))
);

create index if not exists membership_family on membership (family_no, member_no);
