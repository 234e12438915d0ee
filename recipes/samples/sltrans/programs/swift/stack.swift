// A stack of any elements, used to match brackets.
struct Stack<Element> {
    private var elements: [Element] = []
    var isEmpty: Bool { elements.isEmpty }
    mutating func push(_ element: Element) { elements.append(element) }
    mutating func pop() -> Element? { elements.popLast() }
}

func isBalanced(_ text: String) -> Bool {
    let closing: [Character: Character] = [")": "(", "]": "[", "}": "{"]
    var open = Stack<Character>()
    for letter in text {
        if closing.values.contains(letter) { open.push(letter) }
        if let wanted = closing[letter], open.pop() != wanted { return false }
    }
    return open.isEmpty
}

while let line = readLine() {
    print(isBalanced(line))
}
