/*
 * A tag of an enum is a name like others.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
enum a { ONE };
enum b { ONE };
BEGIN { exit(0); }
