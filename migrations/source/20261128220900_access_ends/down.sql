DROP TABLE access_ends;
