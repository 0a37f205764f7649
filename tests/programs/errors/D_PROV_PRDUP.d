/*
 * @args: -xerrtags
 * @status: 1
 */
provider test {
	probe go__on(int);
	probe go__on(int);
};
BEGIN { exit(0); }
