/** Words that make labels easy to tell apart; at most eight letters each. They carry no secret. */

export const firstWords: readonly string[] = `
  amber azure brave bright brisk calm candid clear clever cobalt copper coral crisp curious
  daring deep eager early easy fair fancy fast fleet fresh frosty gentle giddy glad golden grand
  green happy hardy hazel honest humble indigo ivory jade jolly keen kind lemon light lively
  lucid lucky lunar mellow merry mild mint misty modest neat nimble noble olive opal open
  patient pearl plain plucky polite proud quick quiet rapid ready red robust rosy ruby russet
  rustic sandy serene sharp shiny silent silver smart smooth snowy soft solar solid steady still
  stout sunny sure swift tidy topaz trusty upbeat urban vast velvet vivid warm wavy white wild
  windy wise witty young zesty ample agile breezy cheery cosy dapper earnest fluffy genial jaunty
  limber maroon noted opaline peppy placid rosewood
`
  .trim()
  .split(/\s+/);

export const secondWords: readonly string[] = `
  acorn alder apple aspen badger bay beaver birch bison bloom brook canyon cedar cherry cliff
  cloud clover comet cove crane creek cricket dawn delta dove dune eagle elm ember falcon fern
  field finch fjord forest fox garden gecko glade glen grove gull harbor hare hawk hazel heath
  heron hill hollow ibex iris island ivy jay juniper kestrel kite lagoon lake lark laurel leaf
  linden llama lotus lynx maple marsh marten meadow mesa mole moose moss moth myrtle nectar newt
  oak ocean orchid osprey otter owl panda peach pebble pine plover plum pond poplar prairie
  puffin quail quartz rain raven reed reef ridge river robin rook rowan sage seal shore spruce
  stone stork stream sun swan thistle thrush tide trout tulip valley vole walnut wave willow
  wren yarrow zephyr
`
  .trim()
  .split(/\s+/);
