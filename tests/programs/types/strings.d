/*
 * Strings: their characters, arrays of characters as strings, pointers to characters, strings as members.
 * @args: -q
 */
struct named {
	int n;
	string text;
	char name[8];
};
struct named v;
struct named a[string];
self struct named t;
char word[6];
char *p;
string s;

BEGIN
{
	s = "ABCDEFG";
	i = 2;
	printf("%c%c%c %d\n", s[0], s[i], *(s + 3), s[i + 10]);
	printf("%s %s %s\n", s + 1, s + i, 3 + s);
	s[1] = 'x';
	p = (char *)s;
	printf("%s %c %s\n", s, p[2], stringof(p + 4));
	word[0] = 'h';
	word[1] = 'i';
	printf("%s %d %d %d\n", word, word == "hi", word != "ho", word > "ha");
	s = word;
	printf("%s %d\n", s, strlen(word));
	word[2] = word[3] = word[4] = word[5] = '!';
	printf("<%s> %d %s\n", word, strlen(word), strjoin(word, "?"));
	w = word;
	word[0] = 0;
	printf("%s <%s>\n", w, word);
	v.text = "long text of a member";
	v.name[0] = 'n';
	a["k"].text = v.text;
	a["k"].n++;
	self->t = v;
	self->t.text = strjoin(self->t.text, "!");
	printf("%s %s %d %s %s\n", v.text, a["k"].text, a["k"].n, self->t.text, self->t.name);
	b[word, w] = 5;
	printf("%d %d\n", b["", "hi!!!!"], b["", "x"]);
	printf("%s %s\n", i == 2 ? word : "no", i == 2 ? w : word);
}

BEGIN { trace(s[i - 3]); }
BEGIN { exit(0); }
