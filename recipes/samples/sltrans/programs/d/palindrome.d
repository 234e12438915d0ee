// Which lines of standard input read the same backwards.
import core.stdc.ctype : isalnum, tolower;
import core.stdc.stdio : fgets, puts, stdin;
import core.stdc.string : strlen;

bool isPalindrome(const(char)[] line)
{
    size_t low = 0, high = line.length;
    while (low < high)
    {
        if (!isalnum(line[low]))
            low++;
        else if (!isalnum(line[high - 1]))
            high--;
        else if (tolower(line[low++]) != tolower(line[--high]))
            return false;
    }
    return true;
}

void main()
{
    char[4096] buffer;
    while (fgets(buffer.ptr, buffer.length, stdin))
        puts(isPalindrome(buffer[0 .. strlen(buffer.ptr)]) ? "yes" : "no");
}
