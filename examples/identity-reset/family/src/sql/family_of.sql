select family_no from membership where member_no = $1 and joining is null;
