/** "Unguessable" of the definition: whether only those who were shown a transaction's number can name it. */

export function isUnguessable(value: string): boolean {
  const digits = Array.from(value.toLowerCase());
  if (isVersionFourUuid(digits)) return kindsIn(digits.filter((digit) => digit !== '-')) >= 10;
  const isHex = digits.every((digit) => '0123456789abcdef'.includes(digit));
  if (isHex && digits.length >= 32) {
    const letters = digits.filter((digit) => 'abcdef'.includes(digit)).length;
    return letters > 0 && letters < digits.length && kindsIn(digits) >= 10;
  }
  const characters = Array.from(value);
  if (
    characters.length < 22 ||
    !characters.every((one) => isSmall(one) || isCapital(one) || isDigit(one) || '-_'.includes(one))
  )
    return false;
  return (
    [isSmall, isCapital, isDigit].every((kind) => characters.some(kind)) &&
    longestRun(characters, isSmall) < 8 &&
    longestRun(characters, isCapital) < 8 &&
    longestRun(characters, isDigit) < 6 &&
    kindsIn(characters) >= 14
  );
}

function isVersionFourUuid(digits: readonly string[]): boolean {
  if (digits.length !== 36) return false;
  return digits.every((digit, place) => {
    if ([8, 13, 18, 23].includes(place)) return digit === '-';
    if (place === 14) return digit === '4';
    return (place === 19 ? '89ab' : '0123456789abcdef').includes(digit);
  });
}

function kindsIn(characters: readonly string[]): number {
  return new Set(characters).size;
}

function isSmall(character: string): boolean {
  return character >= 'a' && character <= 'z';
}

function isCapital(character: string): boolean {
  return character >= 'A' && character <= 'Z';
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

function longestRun(characters: readonly string[], kind: (character: string) => boolean): number {
  let longest = 0;
  let run = 0;
  for (const character of characters) {
    run = kind(character) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
