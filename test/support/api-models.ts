import { spawnSync } from 'node:child_process';
import type { Json, JsonObject, ValueType } from './runbook-document.ts';

/** An API call as a runbook writes it. */
export interface WrittenCall {
  readonly where: string;
  readonly service: string;
  readonly api: string;
  /** The request; `{ $type: … }` stands for a value of that type that only a run knows. */
  readonly input: Json;
  /** What is read of the answer, and as what. */
  readonly selectors: readonly { readonly selector: string; readonly type?: ValueType; readonly desired?: readonly Json[] }[];
}

export interface WrittenScript {
  readonly where: string;
  readonly source: string;
  readonly handler: string;
}

/** Compares calls with botocore's models of the services, and looks at what scripts import and call. */
const PROGRAM = `
import ast, json, re, sys
import botocore.session

session = botocore.session.get_session()
models = {}
FITS = {
    'String': {'string', 'timestamp', 'blob'}, 'Integer': {'integer', 'long', 'float', 'double'}, 'Boolean': {'boolean'},
    'StringMap': {'structure', 'map'},
}

def operation(service, api):
    if service not in models:
        models[service] = session.get_service_model(service)
    return models[service].operation_model(api)

def fits(kind, shape):
    if shape.type_name == 'list':
        member = shape.member.type_name
        return (kind == 'StringList' and member == 'string') or (kind == 'MapList' and member in ('structure', 'map'))
    return shape.type_name in FITS.get(kind, ())

def check(where, value, shape):
    kind = shape.type_name
    if isinstance(value, dict) and '$type' in value:
        if not fits(value['$type'], shape):
            yield where + ': a ' + value['$type'] + ' where the API takes a ' + kind
    elif kind == 'structure':
        yield from structure(where, value, shape)
    elif kind == 'list':
        if not isinstance(value, list):
            yield where + ': no list'
        else:
            for index, each in enumerate(value):
                yield from check(f'{where}[{index}]', each, shape.member)
    elif kind == 'map':
        if not isinstance(value, dict):
            yield where + ': no map'
        else:
            for key, each in value.items():
                yield from check(where + '.' + key, each, shape.value)
    elif kind == 'boolean':
        if not isinstance(value, bool):
            yield where + ': no boolean'
    elif kind in ('integer', 'long'):
        if not isinstance(value, int) or isinstance(value, bool):
            yield where + ': no integer'
    elif kind == 'string':
        if not isinstance(value, str):
            yield where + ': no text'
        elif shape.enum and '{{' not in value and value not in shape.enum:
            yield where + ': ' + value + ' is none of ' + ', '.join(shape.enum)

def structure(where, value, shape):
    if not isinstance(value, dict):
        yield where + ': no object'
        return
    for name in value:
        if name not in shape.members:
            yield where + ': no member ' + name
        else:
            yield from check(where + '.' + name, value[name], shape.members[name])
    for name in shape.required_members:
        if name not in value and not shape.members[name].metadata.get('idempotencyToken'):
            yield where + ': lacks ' + name

TOKEN = re.compile(r"\\.(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|\\[['\\"](?P<quoted>[^'\\"]+)['\\"]\\]|\\[(?P<names>'[^']+'(?:,\\s*'[^']+')+)\\]|\\[(?P<index>\\d+|\\*)\\]|\\[\\?\\(@(?P<path>(?:\\.[A-Za-z_]\\w*)+)[^)]*\\)\\]")

def selected(shape, path):
    """The shape that a path leads to and whether it is many, or why it leads nowhere."""
    many = False
    while path:
        token = TOKEN.match(path)
        if not token:
            return None, many, 'no path'
        path = path[token.end():]
        if token['names']:
            lacking = [each for each in re.findall("'([^']+)'", token['names']) if each not in getattr(shape, 'members', ())]
            problem = 'no ' + lacking[0] + ' in ' + shape.name if lacking else 'nothing is below a map of members' if path else None
            return (None if problem else shape), many, problem
        name = token['name'] or token['quoted']
        if name:
            if shape.type_name == 'map':
                shape = shape.value
            elif shape.type_name == 'structure' and name in shape.members:
                shape = shape.members[name]
            else:
                return None, many, 'no ' + name + ' in ' + shape.name
            continue
        if shape.type_name != 'list':
            return None, many, shape.name + ' is no list'
        if token['path']:
            _, _, problem = selected(shape.member, token['path'])
            if problem:
                return None, many, problem
        many = many or not (token['index'] or '*').isdigit()
        shape = shape.member
    return shape, many, None

def read(where, given, output):
    shape, many, problem = selected(output, given['selector'][1:]) if output else (None, False, 'the API answers nothing')
    if problem:
        yield where + ': ' + given['selector'] + ': ' + problem
        return
    kind = given.get('type')
    plain = shape.type_name not in ('structure', 'map', 'list')
    if kind in ('String', 'Integer', 'Boolean') and not plain or kind in ('StringMap', 'MapList') and plain:
        yield where + ': ' + given['selector'] + ' is a ' + shape.type_name + ', not a ' + kind
    for value in given.get('desired') or []:
        if not plain:
            yield where + ': ' + given['selector'] + ' is no plain value'
        elif isinstance(value, str) and '{{' not in value and getattr(shape, 'enum', None) and value not in shape.enum:
            yield where + ': ' + value + ' is none of ' + ', '.join(shape.enum)
    if plain and shape.type_name == 'boolean' and given.get('desired') and sorted(given['desired']) not in (['True', 'true'], ['False', 'false']):
        yield where + ': a boolean is desired in both spellings, true and True: which one Automation compares with is documented nowhere'

def call(given):
    try:
        model = operation(given['service'], given['api'])
    except Exception as error:
        yield given['where'] + ': ' + type(error).__name__ + ': ' + str(error)
        return
    if model.input_shape is None:
        if given['input']:
            yield given['where'] + ': the API takes no input'
    else:
        yield from structure(given['where'], given['input'], model.input_shape)
    for selector in given['selectors']:
        yield from read(given['where'], selector, model.output_shape)

MODULES = {'base64', 'hashlib', 'json', 'datetime', 're'}
BARRED = {'open', 'exec', 'eval', 'compile', '__import__', 'globals', 'locals', 'vars', 'getattr', 'setattr', 'input', 'breakpoint'}

def script(given):
    try:
        tree = ast.parse(given['source'])
    except SyntaxError as error:
        yield given['where'] + ': ' + str(error)
        return
    for node in ast.walk(tree):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if name not in MODULES:
                yield given['where'] + ': imports ' + str(name)
        if isinstance(node, ast.Name) and node.id in BARRED:
            yield given['where'] + ': uses ' + node.id
        if isinstance(node, ast.Attribute) and (node.attr.startswith('__') or node.attr in ('now', 'utcnow', 'today')):
            yield given['where'] + ': uses ' + node.attr
    handlers = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == given['handler']]
    if not handlers or len(handlers[0].args.args) != 2:
        yield given['where'] + ': no function ' + given['handler'] + ' of two arguments'

given = json.load(sys.stdin)
problems = [line for each in given['calls'] for line in call(each)] + [line for each in given['scripts'] for line in script(each)]
json.dump(problems, sys.stdout)
`;

/** Whether the machine has botocore: `pip install botocore`. */
export const hasBotocore = (): boolean => spawnSync('python3', ['-c', 'import botocore'], { stdio: 'ignore' }).status === 0;

/** What is wrong with calls and scripts, a line each. */
export function problemsOf(calls: readonly WrittenCall[], scripts: readonly WrittenScript[]): string[] {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', PROGRAM], {
    input: JSON.stringify({ calls, scripts }),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`botocore's models cannot be asked: ${stderr}`);
  return JSON.parse(stdout) as string[];
}

/** A request with its placeholders as what a run will put there. */
export function withTypes(value: Json, typeOf: (placeholder: string) => ValueType | undefined): Json {
  if (typeof value === 'string') {
    const type = typeOf(/^\{\{\s*([^{}]*?)\s*\}\}$/.exec(value)?.[1] ?? '');
    return type ? { $type: type } : value;
  }
  if (Array.isArray(value)) return value.map((member: Json) => withTypes(member, typeOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, member]) => [key, withTypes(member, typeOf)]));
}
