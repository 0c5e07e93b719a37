-- Takes the place of an earlier attempt, but not of a membership.
insert into membership (member_no, family_no, joining) values ($1, $2, $3)
on conflict (member_no) do update set family_no = excluded.family_no, joining = excluded.joining
where membership.joining is not null;
